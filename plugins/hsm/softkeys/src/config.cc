#include "config.h"

#include <nlohmann/json.hpp>

#include "berth/sdk/error.h"

namespace softkeys {
namespace {

using berth::sdk::Error;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(BERTH_INVALID_ARGUMENT, "softkeys.config", what);
}

std::string absolute_path(const nlohmann::json& value, const std::string& key) {
  if (!value.is_string()) refuse("/" + key + " must be text");
  auto path = value.get<std::string>();
  if (path.empty() || path.front() != '/' || path.find('\0') != std::string::npos) {
    refuse("/" + key + " must be an absolute path");
  }
  return path;
}

}  // namespace

Config parse_config(std::string_view json) {
  auto document = nlohmann::json::parse(json, nullptr, false);
  if (!document.is_object()) refuse("the configuration is not a JSON object");
  Config config;
  for (const auto& [key, value] : document.items()) {
    if (key == "folder") {
      config.folder = absolute_path(value, key);
    } else if (key == "passphraseFile") {
      config.passphrase_file = absolute_path(value, key);
    } else {
      refuse("/" + key + " is not a known key");
    }
  }
  if (config.folder.empty()) refuse("/folder is missing");
  if (config.passphrase_file.empty()) refuse("/passphraseFile is missing");
  return config;
}

SecretOctets read_passphrase(const std::string& path) {
  SecretOctets content = berth::sdk::read_private_file(
      path, kMaxPassphraseOctets, {"softkeys.passphrase_file", "softkeys.passphrase_mode"});
  if (content.size() > kMaxPassphraseOctets) {
    throw Error(BERTH_INVALID_ARGUMENT, "softkeys.passphrase",
                path + " is longer than 1024 octets");
  }
  if (!content.empty() && content.back() == '\n') content.pop_back();
  if (!content.empty() && content.back() == '\r') content.pop_back();
  if (content.empty()) {
    throw Error(BERTH_INVALID_ARGUMENT, "softkeys.passphrase", path + " is empty");
  }
  return content;
}

}  // namespace softkeys
