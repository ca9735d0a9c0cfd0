#include "kernel/host/pem_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <memory>
#include <optional>

namespace berth::host {
namespace {

constexpr std::size_t kScalarSize = 32;
constexpr std::size_t kMaxPem = 16 * 1024;

Error invalid(std::string message) {
  return {ErrorCode::kInvalidArgument, "key.invalid", std::move(message)};
}

std::optional<Curve> curve_of(const EVP_PKEY* key) {
  std::array<char, 64> name{};
  std::size_t length = 0;
  if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name.data(), name.size(),
                                     &length) != 1) {
    return std::nullopt;
  }
  const std::string_view group(name.data(), length);
  if (group == "prime256v1") return Curve::kP256;
  if (group == "brainpoolP256r1") return Curve::kBrainpoolP256r1;
  return std::nullopt;
}

// Refuses to ask anybody for a passphrase.
int no_passphrase(char*, int, int, void*) { return -1; }

}  // namespace

Result<PemKey> parse_pem_key(std::string_view pem) {
  if (pem.size() > kMaxPem) return invalid("the PEM text is too long for one key");
  const std::unique_ptr<BIO, decltype(&BIO_free)> input(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(input.get(), nullptr, no_passphrase, nullptr), EVP_PKEY_free);
  if (key == nullptr) return invalid("not an unencrypted PEM private key");
  const auto curve = curve_of(key.get());
  if (!curve) return invalid("not a key on P-256 or brainpoolP256r1");
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &number) != 1) {
    return invalid("the PEM text holds no private key");
  }
  const std::unique_ptr<BIGNUM, decltype(&BN_clear_free)> scalar(number, BN_clear_free);
  PemKey out{*curve, SecretBytes(kScalarSize), {}};
  EVP_PKEY_set_utf8_string_param(key.get(), OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                 "uncompressed");
  unsigned char* point = nullptr;
  const std::size_t point_size = EVP_PKEY_get1_encoded_public_key(key.get(), &point);
  if (point_size == 0) return invalid("the PEM text has no public key");
  out.public_point.assign(point, point + point_size);
  OPENSSL_free(point);
  if (BN_bn2binpad(scalar.get(), out.scalar.mutable_view().data(), kScalarSize) !=
      static_cast<int>(kScalarSize)) {
    return invalid("the private key is out of range");
  }
  return out;
}

}  // namespace berth::host
