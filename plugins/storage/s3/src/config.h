// The instance's configuration and the credentials file it points to.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "secret.h"

namespace s3 {

inline constexpr std::uint32_t kMaxConnections = 64;
inline constexpr std::uint32_t kMaxAttempts = 10;
inline constexpr std::size_t kMiB = 1024 * 1024;
inline constexpr std::size_t kMinPartMiB = 5;  // S3 takes no smaller part, save the last
inline constexpr std::size_t kMaxPartMiB = 64;
inline constexpr std::size_t kMaxCredentialsOctets = 16 * 1024;

enum class Addressing : std::uint8_t { kPath = 1, kHost };

struct Config {
  bool tls = true;
  std::string host;              // of the endpoint, with ":port" when it is not the scheme's own
  std::string region;            // as the server calls it; part of every signature
  std::string bucket;            // 3 to 63 of a-z 0-9 . -
  std::string prefix;            // of every key: empty, or ends with '/'
  std::string ca_file;           // absolute path; empty: the system's authorities
  std::string credentials_file;  // absolute path
  Addressing addressing = Addressing::kPath;
  std::uint32_t connections = 16;  // and requests at once
  std::uint32_t attempts = 4;      // of one request
  std::uint32_t backoff_ms = 100;  // before the second attempt; doubles
  std::uint32_t connect_timeout_ms = 3'000;
  std::uint32_t request_timeout_ms = 30'000;  // of one attempt
  std::size_t part_octets = 8 * kMiB;
};

// Throws Error INVALID_ARGUMENT "s3.config" naming the key at fault.
Config parse_config(std::string_view json);

struct Credentials {
  std::string access_key_id;
  SecretOctets secret_access_key;
  std::string session_token;  // empty: none

  bool operator==(const Credentials&) const = default;
};

// Throws Error: NOT_FOUND "s3.credentials_file" when it cannot be read, PERMISSION_DENIED
// "s3.credentials_mode" unless it is a regular file of mode 0600 or 0400 owned by this user or
// root, INVALID_ARGUMENT "s3.credentials_format" when it is not what the README shows.
Credentials read_credentials(const std::string& path);

}  // namespace s3
