#include "kernel/passthrough/signed_routes.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <memory>
#include <nlohmann/json.hpp>

#include "kernel/base/digest.h"
#include "kernel/documents/documents.h"

namespace berth::passthrough {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxHead = 64 * 1024;  // octets of the signed line
constexpr std::size_t kMaxKey = 4096;
constexpr std::size_t kPoint = 65;  // SEC1, uncompressed
constexpr std::string_view kUnreadable = "passthrough.routes_unreadable";

Error unreadable(const std::filesystem::path& file) {
  return {ErrorCode::kInvalidArgument, kUnreadable,
          file.string() +
              " is no file of routes in force as berthd writes it; see that "
              "door.signedRoutes of both name one file, which nobody else writes"};
}

}  // namespace

Result<rsp::pki::PublicKey> read_route_key(const std::filesystem::path& pem) {
  const auto bad = [&pem] {
    return Error(ErrorCode::kInvalidArgument, "passthrough.routes_key",
                 pem.string() + " is not the host's route key; berthctl route key --out " +
                     pem.string() + " writes it");
  };
  const auto text = documents::read_document(pem, kMaxKey, "passthrough.routes_key");
  if (!text) return bad();
  const std::unique_ptr<BIO, decltype(&BIO_free)> source(
      BIO_new_mem_buf(text->data(), static_cast<int>(text->size())), &BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PUBKEY(source.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  std::array<std::uint8_t, 2 * kPoint> point{};
  std::size_t size = 0;
  if (!key || EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                              point.size(), &size) != 1) {
    return bad();
  }
  auto read = rsp::pki::PublicKey::from_point(Curve::kP256, ByteView(point.data(), size));
  return read ? std::move(read) : Result<rsp::pki::PublicKey>(bad());
}

Result<RoutesInForce> read_routes_in_force(const std::filesystem::path& file,
                                           const rsp::pki::PublicKey& key) {
  BERTH_TRY(text, documents::read_document(file, tenancy::kMaxRoutesBytes + kMaxHead, kUnreadable));
  const std::size_t end = text.find('\n');
  if (end == std::string::npos || end > kMaxHead) return unreadable(file);
  const std::string_view document = std::string_view(text).substr(end + 1);
  const auto forged = [&file](const std::string& what) {
    return Error(ErrorCode::kPermissionDenied, "passthrough.routes_forged",
                 file.string() + ": " + what +
                     "; find out who wrote it. If the host has another HSM, give the door its "
                     "new key (berthctl route key)");
  };
  try {
    const json head = json::parse(text.substr(0, end));
    if (head.at("format") != "berth-routes-in-force/1") return unreadable(file);
    const auto statement = head.at("statement").get<std::string>();
    const auto signature = from_hex(head.at("signature").get<std::string>());
    if (!signature || !key.verify({as_bytes(statement)}, *signature)) {
      return forged("the version is not signed by the host's route key");
    }
    const json said = json::parse(statement);
    const auto number = said.at("version").get<std::int64_t>();
    const auto digest = from_hex(said.at("sha256").get<std::string>());
    const Sha256 found = sha256(as_bytes(document));
    if (!digest || !std::equal(digest->begin(), digest->end(), found.begin(), found.end())) {
      return forged("the document is not the one that was signed");
    }
    BERTH_TRY(table, tenancy::parse_routes(document,
                                           file.string() + ", version " + std::to_string(number)));
    return RoutesInForce{number, statement, std::move(table)};
  } catch (const json::exception&) {
    return unreadable(file);
  }
}

}  // namespace berth::passthrough
