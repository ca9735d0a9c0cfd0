// Asks the operator API over its Unix socket. One request at a time, one connection each.

#pragma once

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>
#include <string_view>

#include "kernel/base/result.h"

namespace berth::berthctl {

class Client {
 public:
  explicit Client(std::filesystem::path socket) : socket_(std::move(socket)) {}

  // The answer's JSON. Errors: "berthctl.no_connection" when nobody listens; the API's own code,
  // reason and message when it refuses; "berthctl.bad_answer" with the status and the first line of
  // an answer that is not the API's (the door refuses in plain text).
  Result<nlohmann::ordered_json> get(const std::string& path_and_query) const;
  Result<nlohmann::ordered_json> post(const std::string& path, const nlohmann::json& body) const;
  Result<nlohmann::ordered_json> put(const std::string& path, const nlohmann::json& body) const;

 private:
  Result<nlohmann::ordered_json> ask(const std::string& method, const std::string& target,
                                     std::string body) const;
  std::filesystem::path socket_;
};

// Percent-encodes everything but unreserved characters (RFC 3986).
std::string percent_encode(std::string_view text);

}  // namespace berth::berthctl
