// The instance's configuration and the PIN file it points to.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "secret.h"

namespace pkcs11 {

inline constexpr std::uint32_t kMaxSessions = 64;
inline constexpr std::uint32_t kMaxOpenKeys = 65536;
inline constexpr std::uint32_t kMinStuckMs = 100;
inline constexpr std::uint32_t kMaxStuckMs = 600'000;
inline constexpr std::size_t kMaxPinOctets = 255;

// What the operator declares about the device; the plugin cannot prove it.
struct Fips140 {
  std::string standard;     // "140-2" or "140-3"
  std::uint32_t level = 0;  // 1 to 4
  std::string certificate;  // of the validation programme; may be empty
};

struct Config {
  std::string module;  // absolute path
  // Exactly one of the three names the token.
  std::string token_label;
  std::string token_serial;
  std::optional<std::uint64_t> slot;
  std::string pin_file;                   // absolute path
  std::uint32_t sessions = 8;             // and calls at once
  std::uint32_t max_open_keys = 4096;     // handles
  std::uint32_t stuck_after_ms = 10'000;  // a call that takes longer counts as stuck
  std::optional<Fips140> fips140;
};

// Throws Error INVALID_ARGUMENT "pkcs11.config" naming the key at fault.
Config parse_config(std::string_view json);

// How messages call the token: its label, serial number or slot.
std::string token_name(const Config& config);

// The file's content without its last line end. Throws Error: NOT_FOUND "pkcs11.pin_file" when it
// cannot be read, PERMISSION_DENIED "pkcs11.pin_file_mode" unless it is a regular file of mode 0600
// or 0400 owned by this user or root, INVALID_ARGUMENT "pkcs11.pin" when it is empty or too long.
SecretOctets read_pin(const std::string& path);

}  // namespace pkcs11
