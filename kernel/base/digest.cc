#include "kernel/base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

namespace berth {

Sha256 sha256(ByteView data) {
  Sha256 out{};
  ::SHA256(data.data(), data.size(), out.data());
  return out;
}

Sha256 hmac_sha256(ByteView key, ByteView data) {
  Sha256 out{};
  unsigned length = 0;
  // OpenSSL takes a null key for "the one of last time"; an empty view's pointer is null.
  static constexpr std::uint8_t kEmpty = 0;
  const std::uint8_t* key_octets = key.empty() ? &kEmpty : key.data();
  BERTH_ASSERT(::HMAC(EVP_sha256(), key_octets, static_cast<int>(key.size()), data.data(),
                      data.size(), out.data(), &length) != nullptr);
  return out;
}

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  BERTH_ASSERT(EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), EVP_sha256(), nullptr) == 1);
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
