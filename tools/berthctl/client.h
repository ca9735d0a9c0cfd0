// Asks the operator API over its Unix socket, or over TLS with a client certificate. One request at
// a time, one connection each.

#pragma once

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>
#include <string_view>

#include "kernel/base/result.h"

namespace berth::berthctl {

// Where the host is, and as whom it is asked.
struct HostAddress {
  std::filesystem::path socket;
  // "name:port": over TLS instead. The server's certificate must come from `server_ca` and name it.
  std::string tls_host = {};
  std::filesystem::path certificate = {};  // ours, PEM
  std::filesystem::path private_key = {};
  std::filesystem::path server_ca = {};
  // Why the caller acts alone; empty: it does not. Said before each call that changes anything.
  std::string break_glass = {};
};

class Client {
 public:
  explicit Client(HostAddress host) : host_(std::move(host)) {}

  // The answer's JSON. Errors: "berthctl.no_connection" when nobody listens or lets us in; the
  // API's own code,
  // reason and message when it refuses; "berthctl.bad_answer" with the status and the first line of
  // an answer that is not the API's (the door refuses in plain text).
  Result<nlohmann::ordered_json> get(const std::string& path_and_query) const;
  Result<nlohmann::ordered_json> post(const std::string& path, const nlohmann::json& body) const;
  Result<nlohmann::ordered_json> put(const std::string& path, const nlohmann::json& body) const;

 private:
  Result<nlohmann::ordered_json> ask(const std::string& method, const std::string& target,
                                     std::string body) const;
  Result<nlohmann::ordered_json> change(const std::string& method, const std::string& path,
                                        const nlohmann::json& body) const;
  HostAddress host_;
};

// Percent-encodes everything but unreserved characters (RFC 3986).
std::string percent_encode(std::string_view text);

}  // namespace berth::berthctl
