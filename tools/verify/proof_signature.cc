#include "tools/verify/proof_signature.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstring>
#include <memory>

#include "kernel/base/bytes.h"

namespace berth::verify {
namespace {

constexpr std::size_t kHalf = 32;

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;

bool on_p256(const EVP_PKEY* key) {
  char group[32] = {};
  std::size_t size = 0;
  return EVP_PKEY_get_group_name(key, group, sizeof group, &size) == 1 &&
         std::strcmp(group, "prime256v1") == 0;
}

Bytes der_of(const Bytes& raw) {
  const EcdsaSignature signature(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(raw.data(), kHalf, nullptr);
  BIGNUM* s = BN_bin2bn(raw.data() + kHalf, kHalf, nullptr);
  if (!signature || ECDSA_SIG_set0(signature.get(), r, s) != 1) return {};
  std::uint8_t* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) return {};
  Bytes made(der, der + size);
  OPENSSL_free(der);
  return made;
}

}  // namespace

Result<void> check_signature(std::string_view text, std::string_view signature_hex,
                             std::string_view public_key_pem) {
  const Bio input(BIO_new_mem_buf(public_key_pem.data(), static_cast<int>(public_key_pem.size())));
  const Key key(input ? PEM_read_bio_PUBKEY(input.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!key || !on_p256(key.get())) {
    return Error(ErrorCode::kInvalidArgument, "verify.key",
                 "the key file holds no PEM public key on P-256; berthctl route key writes it");
  }
  const auto raw = from_hex(signature_hex);
  const Bytes der = raw && raw->size() == 2 * kHalf ? der_of(*raw) : Bytes();
  const Context context(EVP_MD_CTX_new());
  const bool good =
      !der.empty() && context &&
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), der.data(), der.size(),
                       reinterpret_cast<const std::uint8_t*>(text.data()), text.size()) == 1;
  if (good) return {};
  return Error(ErrorCode::kInvalidArgument, "verify.signature",
               "the signature is not of this key over this proof: it was made by another host, or "
               "something in it was changed");
}

}  // namespace berth::verify
