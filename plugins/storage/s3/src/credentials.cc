#include <openssl/crypto.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "berth/sdk/error.h"
#include "config.h"

namespace s3 {
namespace {

using berth::sdk::Error;

[[noreturn]] void malformed(const std::string& path) {
  throw Error(BERTH_INVALID_ARGUMENT, "s3.credentials_format",
              path +
                  R"( must hold {"accessKeyId": "…", "secretAccessKey": "…"} and, for temporary )"
                  R"(credentials, "sessionToken")");
}

// Moves the text out of the document and wipes what stays behind.
SecretOctets take(nlohmann::json& document, const char* key) {
  auto found = document.find(key);
  if (found == document.end() || !found->is_string()) return {};
  auto& text = found->get_ref<std::string&>();
  SecretOctets out(text.begin(), text.end());
  OPENSSL_cleanse(text.data(), text.size());
  return out;
}

// What goes into a header: visible ASCII.
bool is_header_text(const SecretOctets& octets, std::size_t max) {
  return octets.size() <= max && std::all_of(octets.begin(), octets.end(),
                                             [](std::uint8_t c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

Credentials read_credentials(const std::string& path) {
  const SecretOctets content = berth::sdk::read_private_file(
      path, kMaxCredentialsOctets, {"s3.credentials_file", "s3.credentials_mode"});
  if (content.size() > kMaxCredentialsOctets) malformed(path);
  auto document = nlohmann::json::parse(content.begin(), content.end(), nullptr, false);
  if (!document.is_object()) malformed(path);
  const SecretOctets id = take(document, "accessKeyId");
  SecretOctets secret = take(document, "secretAccessKey");
  const SecretOctets token = take(document, "sessionToken");
  const bool known = document.size() == (document.contains("sessionToken") ? 3u : 2u);
  if (!known || id.empty() || secret.empty() || !is_header_text(id, 128) ||
      !is_header_text(secret, 256) || !is_header_text(token, 8192)) {
    malformed(path);
  }
  return {{id.begin(), id.end()}, std::move(secret), {token.begin(), token.end()}};
}

}  // namespace s3
