// Reads the JSON object of a request: known members only, each of the right kind. Internal.

#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <string_view>

#include "kernel/base/clock.h"
#include "kernel/base/identifiers.h"

namespace berth::api {

// A request's body: an object, nested at most 32 levels deep, with no other members than `known`;
// else "api.request", whose message never quotes the body.
Result<nlohmann::json> parse_request(std::string_view body,
                                     const std::set<std::string_view>& known);

class JsonRequest {
 public:
  // Failures as of parse_request.
  static Result<JsonRequest> parse(std::string_view body, const std::set<std::string_view>& known);

  JsonRequest(JsonRequest&& other) noexcept;
  JsonRequest& operator=(JsonRequest&& other) noexcept;
  ~JsonRequest();

  bool has(const char* name) const;
  // Text of 1..max octets.
  Result<std::string> text(const char* name, std::size_t max) const;
  // Empty when absent.
  Result<std::string> optional_text(const char* name, std::size_t max) const;
  // `absent` when absent.
  Result<bool> boolean(const char* name, bool absent) const;
  // Whole, 0..max; must be there.
  Result<std::int64_t> number(const char* name, std::int64_t max) const;
  // "2026-05-07T08:41:23Z"; must be there.
  Result<UnixMs> time(const char* name) const;
  // An object inside as JSON text, whatever is in it; empty when absent.
  Result<std::string> optional_object(const char* name) const;
  // An object inside; must be there, with known members alone.
  Result<JsonRequest> object(const char* name, const std::set<std::string_view>& known) const;

 private:
  explicit JsonRequest(std::unique_ptr<const nlohmann::json> object);
  std::unique_ptr<const nlohmann::json> object_;
};

// The form to_rfc3339() writes, and no other; "api.request".
Result<UnixMs> parse_rfc3339(std::string_view text);

// What a person typed: digits, length and check digits, said precisely ("api.eid", "api.iccid").
Result<Eid> parse_typed_eid(std::string_view text);
Result<Iccid> parse_typed_iccid(std::string_view text);

}  // namespace berth::api
