#include "kernel/vault/gcm.h"

#include <openssl/evp.h>

#include <memory>

#include "kernel/base/assert.h"
#include "kernel/base/secret_bytes.h"

namespace berth::vault {
namespace {

constexpr std::size_t kMaxText = std::size_t{1} << 30;  // OpenSSL counts in int

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Context new_context() {
  Context context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  BERTH_ASSERT(context != nullptr);
  return context;
}

}  // namespace

void gcm_seal(const GcmKey& key, const GcmNonce& nonce, ByteView aad, ByteView plain,
              std::span<std::uint8_t> sealed) {
  BERTH_ASSERT(plain.size() <= kMaxText && sealed.size() == plain.size() + kGcmTagSize);
  const Context context = new_context();
  int length = 0;
  BERTH_ASSERT(
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()) == 1);
  BERTH_ASSERT(EVP_EncryptUpdate(context.get(), nullptr, &length, aad.data(),
                                 static_cast<int>(aad.size())) == 1);
  if (!plain.empty()) {
    BERTH_ASSERT(EVP_EncryptUpdate(context.get(), sealed.data(), &length, plain.data(),
                                   static_cast<int>(plain.size())) == 1);
  }
  std::uint8_t* tag = sealed.data() + plain.size();
  BERTH_ASSERT(EVP_EncryptFinal_ex(context.get(), tag, &length) == 1);
  BERTH_ASSERT(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kGcmTagSize, tag) == 1);
}

bool gcm_open(const GcmKey& key, const GcmNonce& nonce, ByteView aad, ByteView sealed,
              std::span<std::uint8_t> plain) {
  BERTH_ASSERT(plain.size() <= kMaxText && sealed.size() == plain.size() + kGcmTagSize);
  const Context context = new_context();
  int length = 0;
  BERTH_ASSERT(
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()) == 1);
  BERTH_ASSERT(EVP_DecryptUpdate(context.get(), nullptr, &length, aad.data(),
                                 static_cast<int>(aad.size())) == 1);
  if (!plain.empty()) {
    BERTH_ASSERT(EVP_DecryptUpdate(context.get(), plain.data(), &length, sealed.data(),
                                   static_cast<int>(plain.size())) == 1);
  }
  // OpenSSL takes the tag by pointer to non-const and only reads it.
  std::array<std::uint8_t, kGcmTagSize> tag{};
  std::copy(sealed.end() - kGcmTagSize, sealed.end(), tag.begin());
  BERTH_ASSERT(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kGcmTagSize, tag.data()) ==
               1);
  std::uint8_t rest = 0;  // GCM writes nothing here
  if (EVP_DecryptFinal_ex(context.get(), &rest, &length) == 1) return true;
  wipe(plain);
  return false;
}

}  // namespace berth::vault
