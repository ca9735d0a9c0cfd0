#include "crypto.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <algorithm>

#include "berth/abi/hsm.h"
#include "berth/sdk/error.h"

using berth::sdk::ByteView;
using berth::sdk::Error;

namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* owned) const {
    Free(owned);
  }
};
using PkeyCtx = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using CipherCtx = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;
using Kdf = std::unique_ptr<EVP_KDF, Freed<EVP_KDF_free>>;
using KdfCtx = std::unique_ptr<EVP_KDF_CTX, Freed<EVP_KDF_CTX_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Signature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;
constexpr std::size_t kScalar = 32;

void must(bool done) {
  if (done) return;
  ERR_clear_error();  // the queue is the thread's, and the thread is the host's
  throw Error(BERTH_INTERNAL, "folder_keys.crypto", "OpenSSL refused what should work");
}

int length(ByteView octets) { return static_cast<int>(octets.size()); }

[[noreturn]] void bad_point() {
  ERR_clear_error();
  throw Error(BERTH_INVALID_ARGUMENT, "hsm.point_not_on_curve",
              "the peer's key is no uncompressed point of the key's curve");
}

CipherCtx cipher(const EVP_CIPHER* kind, const SecretOctets& secret, const std::uint8_t* nonce,
                 bool encrypts) {
  CipherCtx context(EVP_CIPHER_CTX_new());
  must(context != nullptr);
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  must(EVP_CipherInit_ex2(context.get(), kind, secret.data(), nonce, encrypts, nullptr) == 1);
  return context;
}

}  // namespace

Pkey new_pair(std::uint32_t curve) {
  Pkey pair(EVP_EC_gen(curve == BERTH_CURVE_P256 ? "prime256v1" : "brainpoolP256r1"),
            EVP_PKEY_free);
  must(pair != nullptr);
  return pair;
}

SecretOctets pair_to_pem(const Pkey& pair) {
  const Bio memory(BIO_new(BIO_s_secmem()));
  must(memory != nullptr && PEM_write_bio_PrivateKey(memory.get(), pair.get(), nullptr, nullptr, 0,
                                                     nullptr, nullptr) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return {text, text + size};
}

Pkey pair_from_pem(ByteView pem) {
  const Bio memory(BIO_new_mem_buf(pem.data(), length(pem)));
  must(memory != nullptr);
  Pkey pair(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  if (pair == nullptr) ERR_clear_error();
  return pair;
}

void point_of(const Pkey& pair, std::span<std::uint8_t> out) {
  std::size_t size = 0;
  must(EVP_PKEY_get_octet_string_param(pair.get(), OSSL_PKEY_PARAM_PUB_KEY, out.data(), out.size(),
                                       &size) == 1 &&
       size == out.size());
}

void sign_digest(const Pkey& pair, ByteView digest, std::span<std::uint8_t> signature) {
  const PkeyCtx context(EVP_PKEY_CTX_new_from_pkey(nullptr, pair.get(), nullptr));
  std::uint8_t der[80];
  std::size_t size = sizeof der;
  must(context != nullptr && EVP_PKEY_sign_init(context.get()) == 1 &&
       EVP_PKEY_sign(context.get(), der, &size, digest.data(), digest.size()) == 1);
  const std::uint8_t* at = der;
  const Signature parsed(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  must(parsed != nullptr &&
       BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), signature.data(), kScalar) > 0 &&
       BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), signature.data() + kScalar, kScalar) > 0);
}

void agree_key(const Pkey& pair, ByteView peer, ByteView info, std::span<std::uint8_t> out) {
  if (peer.size() != kPointOctets || peer[0] != POINT_CONVERSION_UNCOMPRESSED) bad_point();
  const Pkey other(EVP_PKEY_new(), EVP_PKEY_free);
  must(other != nullptr && EVP_PKEY_copy_parameters(other.get(), pair.get()) == 1);
  if (EVP_PKEY_set1_encoded_public_key(other.get(), peer.data(), peer.size()) != 1) bad_point();
  const PkeyCtx context(EVP_PKEY_CTX_new_from_pkey(nullptr, pair.get(), nullptr));
  SecretOctets shared(kScalar);
  std::size_t size = shared.size();
  must(context != nullptr && EVP_PKEY_derive_init(context.get()) == 1 &&
       EVP_PKEY_derive_set_peer(context.get(), other.get()) == 1 &&
       EVP_PKEY_derive(context.get(), shared.data(), &size) == 1);
  const Kdf kind(EVP_KDF_fetch(nullptr, "X963KDF", nullptr));
  const KdfCtx kdf(EVP_KDF_CTX_new(kind.get()));
  char digest[] = "SHA256";
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, shared.data(), shared.size()),
      info.empty() ? OSSL_PARAM_construct_end()
                   : OSSL_PARAM_construct_octet_string(
                         OSSL_KDF_PARAM_INFO, const_cast<std::uint8_t*>(info.data()), info.size()),
      OSSL_PARAM_construct_end()};
  must(kdf != nullptr && EVP_KDF_derive(kdf.get(), out.data(), out.size(), params) == 1);
}

void random_octets(std::span<std::uint8_t> fill) {
  must(RAND_bytes(fill.data(), static_cast<int>(fill.size())) == 1);
}

void seal(const SecretOctets& secret, ByteView aad, ByteView plain, std::span<std::uint8_t> out) {
  random_octets(out.first(kNonce));
  const CipherCtx context = cipher(EVP_aes_256_gcm(), secret, out.data(), true);
  std::uint8_t* tag = out.data() + kNonce + plain.size();
  int done = 0;
  if (!aad.empty()) {
    must(EVP_CipherUpdate(context.get(), nullptr, &done, aad.data(), length(aad)) == 1);
  }
  if (!plain.empty()) {
    must(EVP_CipherUpdate(context.get(), out.data() + kNonce, &done, plain.data(), length(plain)) ==
         1);
  }
  must(EVP_CipherFinal_ex(context.get(), tag, &done) == 1 &&
       EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTag, tag) == 1);
}

bool open(const SecretOctets& secret, ByteView aad, ByteView sealed,
          std::span<std::uint8_t> plain) {
  const CipherCtx context = cipher(EVP_aes_256_gcm(), secret, sealed.data(), false);
  std::uint8_t tag[kTag];
  std::copy(sealed.end() - kTag, sealed.end(), tag);
  int done = 0;
  bool fits =
      aad.empty() || EVP_CipherUpdate(context.get(), nullptr, &done, aad.data(), length(aad)) == 1;
  if (fits && !plain.empty()) {
    fits = EVP_CipherUpdate(context.get(), plain.data(), &done, sealed.data() + kNonce,
                            length(plain)) == 1;
  }
  std::uint8_t nothing[kTag];
  fits = fits && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTag, tag) == 1 &&
         EVP_CipherFinal_ex(context.get(), nothing, &done) == 1;
  if (!fits) OPENSSL_cleanse(plain.data(), plain.size());
  return fits;
}

void key_wrap(const SecretOctets& secret, ByteView plain, std::span<std::uint8_t> out) {
  const CipherCtx context = cipher(EVP_aes_256_wrap(), secret, nullptr, true);
  int done = 0;
  must(EVP_CipherUpdate(context.get(), out.data(), &done, plain.data(), length(plain)) == 1);
}

bool key_unwrap(const SecretOctets& secret, ByteView wrapped, std::span<std::uint8_t> plain) {
  const CipherCtx context = cipher(EVP_aes_256_wrap(), secret, nullptr, false);
  SecretOctets scratch(wrapped.size());  // OpenSSL needs the room of both
  int done = 0;
  const bool fits = EVP_CipherUpdate(context.get(), scratch.data(), &done, wrapped.data(),
                                     length(wrapped)) == 1 &&
                    static_cast<std::size_t>(done) == plain.size();
  if (fits) std::copy_n(scratch.begin(), plain.size(), plain.begin());
  if (!fits) ERR_clear_error();
  return fits;
}
