#include "config.h"

#include <nlohmann/json.hpp>

#include "berth/sdk/error.h"

namespace pkcs11 {
namespace {

using berth::sdk::Error;
using nlohmann::json;

constexpr std::size_t kMaxText = 256;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(BERTH_INVALID_ARGUMENT, "pkcs11.config", what);
}

std::string text(const json& value, const std::string& key, std::size_t max = kMaxText) {
  if (!value.is_string()) refuse("/" + key + " must be text");
  auto found = value.get<std::string>();
  if (found.empty() || found.size() > max || found.find('\0') != std::string::npos) {
    refuse("/" + key + " must be 1 to " + std::to_string(max) + " octets without NUL");
  }
  return found;
}

std::string absolute_path(const json& value, const std::string& key) {
  std::string path = text(value, key, 4096);
  if (path.front() != '/') refuse("/" + key + " must be an absolute path");
  return path;
}

std::uint32_t number(const json& value, const std::string& key, std::uint32_t min,
                     std::uint32_t max) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() < min ||
      value.get<std::uint64_t>() > max) {
    refuse("/" + key + " must be a number from " + std::to_string(min) + " to " +
           std::to_string(max));
  }
  return value.get<std::uint32_t>();
}

Fips140 parse_fips(const json& value) {
  if (!value.is_object()) refuse("/fips140 must be an object");
  Fips140 fips;
  for (const auto& [key, member] : value.items()) {
    if (key == "standard") {
      fips.standard = text(member, "fips140/standard");
      if (fips.standard != "140-2" && fips.standard != "140-3") {
        refuse("/fips140/standard must be 140-2 or 140-3");
      }
    } else if (key == "level") {
      fips.level = number(member, "fips140/level", 1, 4);
    } else if (key == "certificate") {
      fips.certificate = text(member, "fips140/certificate", 64);
    } else {
      refuse("/fips140/" + key + " is not a known key");
    }
  }
  if (fips.standard.empty()) refuse("/fips140/standard is missing");
  if (fips.level == 0) refuse("/fips140/level is missing");
  return fips;
}

}  // namespace

Config parse_config(std::string_view text_of_json) {
  json document = json::parse(text_of_json, nullptr, false);
  if (!document.is_object()) refuse("the configuration is not a JSON object");
  Config config;
  for (const auto& [key, value] : document.items()) {
    if (key == "module") {
      config.module = absolute_path(value, key);
    } else if (key == "tokenLabel") {
      config.token_label = text(value, key, 32);
    } else if (key == "tokenSerial") {
      config.token_serial = text(value, key, 16);
    } else if (key == "slot") {
      if (!value.is_number_unsigned()) refuse("/slot must be a number");
      config.slot = value.get<std::uint64_t>();
    } else if (key == "pinFile") {
      config.pin_file = absolute_path(value, key);
    } else if (key == "sessions") {
      config.sessions = number(value, key, 1, kMaxSessions);
    } else if (key == "maxOpenKeys") {
      config.max_open_keys = number(value, key, 1, kMaxOpenKeys);
    } else if (key == "stuckAfterMs") {
      config.stuck_after_ms = number(value, key, kMinStuckMs, kMaxStuckMs);
    } else if (key == "fips140") {
      config.fips140 = parse_fips(value);
    } else {
      refuse("/" + key + " is not a known key");
    }
  }
  if (config.module.empty()) refuse("/module is missing");
  if (config.pin_file.empty()) refuse("/pinFile is missing");
  int named = !config.token_label.empty() + !config.token_serial.empty() + config.slot.has_value();
  if (named != 1) refuse("one of /tokenLabel, /tokenSerial and /slot names the token");
  return config;
}

std::string token_name(const Config& config) {
  if (!config.token_label.empty()) return "token \"" + config.token_label + "\"";
  if (!config.token_serial.empty()) return "token of serial number " + config.token_serial;
  return "token in slot " + std::to_string(config.slot.value_or(0));
}

SecretOctets read_pin(const std::string& path) {
  // Room for a line end.
  SecretOctets content = berth::sdk::read_private_file(path, kMaxPinOctets + 2,
                                                       {"pkcs11.pin_file", "pkcs11.pin_file_mode"});
  if (!content.empty() && content.back() == '\n') content.pop_back();
  if (!content.empty() && content.back() == '\r') content.pop_back();
  if (content.empty() || content.size() > kMaxPinOctets) {
    throw Error(BERTH_INVALID_ARGUMENT, "pkcs11.pin", path + " must hold a PIN of 1 to 255 octets");
  }
  return content;
}

}  // namespace pkcs11
