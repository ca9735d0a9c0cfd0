#include "reference.h"

#include <algorithm>
#include <optional>

#include "berth/sdk/error.h"

namespace pkcs11 {
namespace {

using berth::sdk::Error;

constexpr std::string_view kScheme = "pkcs11:";

[[noreturn]] void bad(const std::string& what) {
  throw Error(BERTH_INVALID_ARGUMENT, "hsm.bad_reference", what);
}

std::optional<std::uint8_t> digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

std::string decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    auto high = i + 2 < text.size() ? digit(text[i + 1]) : std::nullopt;
    auto low = high ? digit(text[i + 2]) : std::nullopt;
    if (!low) bad("a % in a PKCS#11 URI begins two hexadecimal digits");
    out += static_cast<char>(*high << 4 | *low);
    i += 2;
  }
  return out;
}

void must_agree(const std::string& value, const std::string& configured, const char* what) {
  if (value == configured) return;
  bad(std::string("the URI's ") + what + " is not the one that the configuration names");
}

Selector parse_uri(std::string_view path, const Config& config) {
  Selector selector;
  if (path.find('?') != std::string_view::npos)
    bad("a key's URI has no query: no PIN belongs here");
  while (!path.empty()) {
    std::size_t end = std::min(path.find(';'), path.size());
    std::string_view attribute = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    std::size_t equals = attribute.find('=');
    if (equals == std::string_view::npos) bad("a PKCS#11 URI is made of name=value");
    std::string_view name = attribute.substr(0, equals);
    std::string value = decode(attribute.substr(equals + 1));
    if (name == "object") {
      check_label(value);
      selector.label = value;
    } else if (name == "id") {
      if (value.empty() || value.size() > kMaxId) bad("an id has 1 to 64 octets");
      selector.id.assign(value.begin(), value.end());
    } else if (name == "token") {
      must_agree(value, config.token_label, "token");
    } else if (name == "serial") {
      must_agree(value, config.token_serial, "serial");
    } else if (name != "type" || (value != "private" && value != "secret-key")) {
      bad("of a PKCS#11 URI this plugin reads object, id, token, serial and type=private or "
          "type=secret-key; the PIN comes from pinFile");
    }
  }
  if (selector.label.empty() && selector.id.empty()) bad("the URI has neither object nor id");
  return selector;
}

}  // namespace

void check_label(std::string_view label) {
  bool good = !label.empty() && label.size() <= kMaxLabel && label != kDestroyedLabel &&
              !label.starts_with(kScheme) && std::none_of(label.begin(), label.end(), [](char c) {
                auto octet = static_cast<unsigned char>(c);
                return octet < 0x20 || octet == 0x7F;
              });
  if (!good) {
    bad("a key's label is 1 to 128 octets without control characters, not beginning with pkcs11:");
  }
}

Selector parse_reference(std::string_view reference, const Config& config) {
  if (reference.starts_with(kScheme)) return parse_uri(reference.substr(kScheme.size()), config);
  check_label(reference);
  return {std::string(reference), {}};
}

}  // namespace pkcs11
