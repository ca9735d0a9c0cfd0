// Reads the JSON object of a request: known members only, each of the right kind. Internal.

#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <string_view>

#include "kernel/base/identifiers.h"

namespace berth::api {

class JsonRequest {
 public:
  // "api.request" when the body is no object or has a member that is not in `known`.
  static Result<JsonRequest> parse(std::string_view body, const std::set<std::string_view>& known);

  JsonRequest(JsonRequest&& other) noexcept;
  JsonRequest& operator=(JsonRequest&& other) noexcept;
  ~JsonRequest();

  bool has(const char* name) const;
  // Text of 1..max octets.
  Result<std::string> text(const char* name, std::size_t max) const;
  // Empty when absent.
  Result<std::string> optional_text(const char* name, std::size_t max) const;

 private:
  explicit JsonRequest(std::unique_ptr<const nlohmann::json> object);
  std::unique_ptr<const nlohmann::json> object_;
};

// What a person typed: digits, length and check digits, said precisely ("api.eid", "api.iccid").
Result<Eid> parse_typed_eid(std::string_view text);
Result<Iccid> parse_typed_iccid(std::string_view text);

}  // namespace berth::api
