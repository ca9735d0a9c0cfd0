#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "kernel/base/bytes.h"
#include "kernel/tenancy/configuration_files.h"

namespace berth::tenancy {
namespace {

using nlohmann::json;

constexpr std::size_t kPinOctets = 32;  // SHA-256

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// 64 hexadecimal digits, 32 pairs with colons between them (openssl's form), or "sha256/<base64>"
// (RFC 7469's, curl's); nullopt: none of them.
std::optional<std::string> normal_pin(const std::string& text) {
  constexpr std::string_view kBase64 = "sha256/";
  if (text.starts_with(kBase64)) {
    const auto octets = from_base64(std::string_view(text).substr(kBase64.size()));
    if (!octets || octets->size() != kPinOctets) return std::nullopt;
    return lower_case(to_hex(*octets));
  }
  std::string digits = text;
  if (text.size() == 3 * kPinOctets - 1) {
    digits.clear();
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (i % 3 != 2) digits += text[i];
      if (i % 3 == 2 && text[i] != ':') return std::nullopt;
    }
  }
  const auto octets = from_hex(digits);
  if (!octets || octets->size() != kPinOctets) return std::nullopt;
  return lower_case(to_hex(*octets));
}

// Operators by what they must not share: a pin would act for two, a name blur the audit.
using Owners = std::map<std::string, std::string>;  // pin or name → path of the operator

Result<Es2Operator> es2_operator(const json& value, const std::string& path,
                                 const Document& document, Owners& owners) {
  Es2Operator read;
  read.name = value.at("name").get<std::string>();
  if (const auto [other, added] = owners.emplace("name " + read.name, path); !added) {
    return refuse(document, path + ".name",
                  other->second + " has this name too; give each operator a name of its own");
  }
  BERTH_TRY(pins, read_pins(value.at("pins"), path + ".pins", document));
  for (std::size_t i = 0; i < pins.size(); ++i) {
    const auto [other, added] = owners.emplace(pins[i], path);
    if (added) continue;
    return refuse(document, path + ".pins[" + std::to_string(i) + "]",
                  "this key is a pin of " + other->second + " already; one key is one operator");
  }
  read.pins = std::move(pins);
  // A requester that stands twice was refused when the file was parsed.
  for (const auto& [requester, tenant] : value.at("requesters").items()) {
    auto id = TenantId::parse(tenant.get_ref<const std::string&>());
    if (!id) {
      return refuse(document, path + ".requesters." + shown(requester), id.error().message());
    }
    if (requester.empty() || requester.size() > kMaxRequesterIdentifier) {
      return refuse(document, path + ".requesters." + shown(requester),
                    "a functionRequesterIdentifier has 1 to 128 octets");
    }
    read.requesters.emplace(requester, *std::move(id));
  }
  read.accept_expired = value.value("acceptExpired", false);
  return read;
}

}  // namespace

Result<std::vector<std::string>> read_pins(const json& pins, const std::string& path,
                                           const Document& document) {
  std::vector<std::string> read;
  for (const json& text : pins) {
    auto pin = normal_pin(text.get_ref<const std::string&>());
    if (!pin) {
      return refuse(document, path + "[" + std::to_string(read.size()) + "]",
                    shown(text) +
                        " is no SHA-256 of a SubjectPublicKeyInfo; write 64 hexadecimal "
                        "digits, with colons or without, or \"sha256/<base64>\"");
    }
    read.push_back(*std::move(pin));
  }
  return read;
}

Result<Es2Door> es2_door(const json& es2plus, const std::filesystem::path& file,
                         const Document& document) {
  const auto listen = es2plus.at("listen").get<std::string>();
  if (!is_listen_address(listen)) {
    return refuse(document, "es2plus.listen",
                  "not of the form address:port, for example \"0.0.0.0:8443\"");
  }
  const auto& name = es2plus.at("hostName").get_ref<const std::string&>();
  auto host = HostName::parse(name);
  if (!host || name.find(':') != std::string::npos) {
    return refuse(document, "es2plus.hostName", "not a host name (without port)");
  }
  Es2Door door{listen, *std::move(host), tls_identity(es2plus.at("tls"), file), {}};
  Owners owners;
  for (const json& entry : es2plus.at("operators")) {
    const std::string path = "es2plus.operators[" + std::to_string(door.operators.size()) + "]";
    BERTH_TRY(read, es2_operator(entry, path, document, owners));
    door.operators.push_back(std::move(read));
  }
  return door;
}

}  // namespace berth::tenancy
