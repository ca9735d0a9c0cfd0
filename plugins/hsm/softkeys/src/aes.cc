#include "aes.h"

#include <openssl/rand.h>

#include <algorithm>

namespace softkeys {
namespace {

using berth::sdk::ByteView;

CipherCtx new_context() {
  CipherCtx context(EVP_CIPHER_CTX_new());
  if (context == nullptr) crypto_failed("EVP_CIPHER_CTX_new");
  return context;
}

// Key wrap is refused by OpenSSL unless the context says that it is meant.
CipherCtx new_wrap_context() {
  CipherCtx context = new_context();
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  return context;
}

}  // namespace

Aes::Aes()
    : gcm_(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)),
      wrap_(EVP_CIPHER_fetch(nullptr, "AES-256-WRAP", nullptr)) {
  if (gcm_ == nullptr || wrap_ == nullptr) crypto_failed("EVP_CIPHER_fetch");
}

void Aes::gcm_seal(ByteView key, ByteView aad, ByteView plain, std::span<std::uint8_t> out) const {
  std::uint8_t* nonce = out.data();
  std::uint8_t* text = nonce + kGcmNonceOctets;
  std::uint8_t* tag = text + plain.size();
  if (RAND_bytes(nonce, kGcmNonceOctets) != 1) crypto_failed("RAND_bytes");
  CipherCtx context = new_context();
  int written = 0;
  bool ok = EVP_EncryptInit_ex2(context.get(), gcm_.get(), key.data(), nonce, nullptr) == 1;
  if (ok && !aad.empty()) {
    ok = EVP_EncryptUpdate(context.get(), nullptr, &written, aad.data(),
                           static_cast<int>(aad.size())) == 1;
  }
  if (ok && !plain.empty()) {
    ok = EVP_EncryptUpdate(context.get(), text, &written, plain.data(),
                           static_cast<int>(plain.size())) == 1;
  }
  ok = ok && EVP_EncryptFinal_ex(context.get(), tag, &written) == 1 &&
       EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kGcmTagOctets, tag) == 1;
  if (!ok) crypto_failed("AES-GCM");
}

bool Aes::gcm_open(ByteView key, ByteView aad, ByteView sealed,
                   std::span<std::uint8_t> plain) const {
  const std::uint8_t* nonce = sealed.data();
  const std::uint8_t* text = nonce + kGcmNonceOctets;
  std::uint8_t tag[kGcmTagOctets];
  std::copy_n(text + plain.size(), kGcmTagOctets, tag);
  CipherCtx context = new_context();
  int written = 0;
  if (EVP_DecryptInit_ex2(context.get(), gcm_.get(), key.data(), nonce, nullptr) != 1) {
    crypto_failed("AES-GCM");
  }
  bool ok = true;
  if (!aad.empty()) {
    ok = EVP_DecryptUpdate(context.get(), nullptr, &written, aad.data(),
                           static_cast<int>(aad.size())) == 1;
  }
  if (ok && !plain.empty()) {
    ok = EVP_DecryptUpdate(context.get(), plain.data(), &written, text,
                           static_cast<int>(plain.size())) == 1;
  }
  std::uint8_t nothing[kGcmTagOctets];
  ok = ok && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kGcmTagOctets, tag) == 1 &&
       EVP_DecryptFinal_ex(context.get(), nothing, &written) == 1;
  // Octets that did not authenticate must not reach anybody.
  if (!ok) OPENSSL_cleanse(plain.data(), plain.size());
  return ok;
}

void Aes::key_wrap(ByteView key, ByteView plain, std::span<std::uint8_t> out) const {
  CipherCtx context = new_wrap_context();
  int written = 0;
  bool ok = EVP_EncryptInit_ex2(context.get(), wrap_.get(), key.data(), nullptr, nullptr) == 1 &&
            EVP_EncryptUpdate(context.get(), out.data(), &written, plain.data(),
                              static_cast<int>(plain.size())) == 1 &&
            static_cast<std::size_t>(written) == out.size();
  if (!ok) crypto_failed("AES-KW");
}

bool Aes::key_unwrap(ByteView key, ByteView wrapped, std::span<std::uint8_t> plain) const {
  CipherCtx context = new_wrap_context();
  int written = 0;
  if (EVP_DecryptInit_ex2(context.get(), wrap_.get(), key.data(), nullptr, nullptr) != 1) {
    crypto_failed("AES-KW");
  }
  // OpenSSL writes up to the wrapped length while it works.
  SecretOctets scratch(wrapped.size());
  bool ok = EVP_DecryptUpdate(context.get(), scratch.data(), &written, wrapped.data(),
                              static_cast<int>(wrapped.size())) == 1 &&
            static_cast<std::size_t>(written) == plain.size();
  if (ok) std::copy_n(scratch.begin(), plain.size(), plain.begin());
  return ok;
}

}  // namespace softkeys
