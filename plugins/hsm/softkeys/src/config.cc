#include "config.h"

#include <algorithm>
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

void drop_line_end(SecretOctets& content) {
  if (!content.empty() && content.back() == '\n') content.pop_back();
  if (!content.empty() && content.back() == '\r') content.pop_back();
}

}  // namespace

Config parse_config(std::string_view json) {
  auto document = nlohmann::json::parse(json, nullptr, false);
  if (!document.is_object()) refuse("the configuration is not a JSON object");
  Config config;
  for (const auto& [key, value] : document.items()) {
    if (key == "folder") {
      config.folder = absolute_path(value, key);
    } else if (key == "passphraseFile" || key == "masterKeyFile") {
      if (!config.secret_file.empty()) {
        refuse(
            "/passphraseFile and /masterKeyFile exclude each other; keep the one that the keys "
            "were made under");
      }
      config.secret_file = absolute_path(value, key);
      config.secret_kind =
          key == "masterKeyFile" ? SecretKind::kRandomKey : SecretKind::kPassphrase;
    } else {
      refuse("/" + key + " is not a known key");
    }
  }
  if (config.folder.empty()) refuse("/folder is missing");
  if (config.secret_file.empty()) refuse("/passphraseFile or /masterKeyFile is missing");
  return config;
}

SecretOctets read_passphrase(const std::string& path) {
  SecretOctets content = berth::sdk::read_private_file(
      path, kMaxPassphraseOctets, {"softkeys.passphrase_file", "softkeys.passphrase_mode"});
  if (content.size() > kMaxPassphraseOctets) {
    throw Error(BERTH_INVALID_ARGUMENT, "softkeys.passphrase",
                path + " is longer than 1024 octets");
  }
  drop_line_end(content);
  if (content.empty()) {
    throw Error(BERTH_INVALID_ARGUMENT, "softkeys.passphrase", path + " is empty");
  }
  return content;
}

SecretOctets read_random_key(const std::string& path) {
  constexpr std::size_t kDigits = 2 * kRandomKeyOctets;
  SecretOctets digits = berth::sdk::read_private_file(
      path, kDigits + 2, {"softkeys.passphrase_file", "softkeys.passphrase_mode"});
  drop_line_end(digits);
  const auto value_of = [](std::uint8_t c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  SecretOctets key;
  key.reserve(kRandomKeyOctets);
  bool spelt = digits.size() == kDigits;
  for (std::size_t i = 0; spelt && i < kDigits; i += 2) {
    const int high = value_of(digits[i]);
    const int low = value_of(digits[i + 1]);
    spelt = high >= 0 && low >= 0;
    key.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  // What a person types has repetitions; what a generator writes has not 32 octets of one value.
  if (!spelt || std::equal(key.begin() + 1, key.end(), key.begin())) {
    throw Error(BERTH_INVALID_ARGUMENT, "softkeys.master_key",
                path +
                    " must hold 32 random octets as 64 hexadecimal digits, as openssl rand -hex "
                    "32 writes them; what a person chose belongs into passphraseFile");
  }
  return key;
}

}  // namespace softkeys
