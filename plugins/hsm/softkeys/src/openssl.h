// OpenSSL objects with owners, octets that wipe themselves, and its errors as ours.

#pragma once

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "berth/sdk/error.h"
#include "berth/sdk/openssl_errors.h"
#include "berth/sdk/secret.h"

namespace softkeys {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using Pkey = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using PkeyCtx = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using CipherCtx = std::unique_ptr<EVP_CIPHER_CTX, FreeWith<EVP_CIPHER_CTX_free>>;
using Cipher = std::unique_ptr<EVP_CIPHER, FreeWith<EVP_CIPHER_free>>;
using Kdf = std::unique_ptr<EVP_KDF, FreeWith<EVP_KDF_free>>;
using KdfCtx = std::unique_ptr<EVP_KDF_CTX, FreeWith<EVP_KDF_CTX_free>>;
using SecretBignum = std::unique_ptr<BIGNUM, FreeWith<BN_clear_free>>;
using Group = std::unique_ptr<EC_GROUP, FreeWith<EC_GROUP_free>>;
using Point = std::unique_ptr<EC_POINT, FreeWith<EC_POINT_free>>;

using berth::sdk::ErrorQueueGuard;
using berth::sdk::SecretOctets;

// OpenSSL failed where it should not: out of memory, no entropy, a broken build.
[[noreturn]] inline void crypto_failed(const char* what) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  throw berth::sdk::Error(
      BERTH_INTERNAL, "softkeys.crypto",
      std::string(what) + " failed: " + (reason == nullptr ? "no reason given" : reason));
}

}  // namespace softkeys
