#include "kernel/base/digest.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace berth {
namespace {

// Looked up once: by its name OpenSSL would search its providers for every digest.
const EVP_MD* sha256_of_openssl() {
  static const EVP_MD* const kDigest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  BERTH_ASSERT(kDigest != nullptr);
  return kDigest;
}

// HMAC with SHA-256 under no key in particular, to be copied and given one.
EVP_MAC_CTX* make_hmac() {
  EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  BERTH_ASSERT(mac != nullptr);
  EVP_MAC_CTX* context = EVP_MAC_CTX_new(mac);
  EVP_MAC_free(mac);  // the context keeps it
  std::array<char, 7> name = {"SHA256"};
  const std::array<OSSL_PARAM, 2> params = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
      OSSL_PARAM_construct_end()};
  static constexpr std::uint8_t kAnyKey = 0;
  BERTH_ASSERT(context != nullptr && EVP_MAC_init(context, &kAnyKey, 1, params.data()) == 1);
  return context;
}

}  // namespace

Sha256 sha256(ByteView data) {
  Sha256 out{};
  BERTH_ASSERT(
      EVP_Digest(data.data(), data.size(), out.data(), nullptr, sha256_of_openssl(), nullptr) == 1);
  return out;
}

Sha256 hmac_sha256(ByteView key, ByteView data) {
  static const EVP_MAC_CTX* const kTemplate = make_hmac();
  Sha256 out{};
  std::size_t length = 0;
  // OpenSSL takes a null key for "the one of last time"; an empty view's pointer is null.
  static constexpr std::uint8_t kEmpty = 0;
  const std::uint8_t* key_octets = key.empty() ? &kEmpty : key.data();
  EVP_MAC_CTX* context = EVP_MAC_CTX_dup(kTemplate);
  BERTH_ASSERT(context != nullptr && EVP_MAC_init(context, key_octets, key.size(), nullptr) == 1 &&
               EVP_MAC_update(context, data.data(), data.size()) == 1 &&
               EVP_MAC_final(context, out.data(), &length, out.size()) == 1);
  EVP_MAC_CTX_free(context);
  return out;
}

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  BERTH_ASSERT(
      EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), sha256_of_openssl(), nullptr) == 1);
}

Sha256Stream::~Sha256Stream() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }

Sha256Stream& Sha256Stream::update(ByteView part) {
  BERTH_ASSERT(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), part.data(), part.size()) == 1);
  return *this;
}

Sha256 Sha256Stream::finish() {
  Sha256 out{};
  unsigned length = 0;
  BERTH_ASSERT(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), out.data(), &length) == 1);
  return out;
}

}  // namespace berth
