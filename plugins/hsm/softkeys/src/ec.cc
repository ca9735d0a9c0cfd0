#include "ec.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/objects.h>
#include <openssl/params.h>

#include <utility>

#include "berth/abi/hsm.h"
#include "berth/sdk/error.h"

namespace softkeys {
namespace {

using berth::sdk::ByteView;
using berth::sdk::Error;
using Signature = std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>>;

constexpr std::size_t kMaxDerSignature = 80;  // two INTEGERs of 33 octets and their headers

const char* group_name(std::uint32_t curve) {
  if (curve == BERTH_CURVE_P256) return SN_X9_62_prime256v1;
  if (curve == BERTH_CURVE_BRAINPOOL_P256R1) return SN_brainpoolP256r1;
  throw Error(BERTH_UNSUPPORTED, "hsm.curve", "softkeys speaks P-256 and brainpoolP256r1");
}

[[noreturn]] void bad_point() {
  throw Error(BERTH_INVALID_ARGUMENT, "hsm.point_not_on_curve",
              "the peer's public key is not an uncompressed point of the key's curve");
}

}  // namespace

PkeyCtx ContextPool::take() {
  std::lock_guard lock(mutex_);
  if (idle_.empty()) return nullptr;
  PkeyCtx context = std::move(idle_.back());
  idle_.pop_back();
  return context;
}

void ContextPool::put_back(PkeyCtx context) {
  std::lock_guard lock(mutex_);
  if (idle_.size() < kMaxIdle) idle_.push_back(std::move(context));
}

EcCurve::EcCurve(std::uint32_t curve)
    : id_(curve), name_(group_name(curve)), group_(EC_GROUP_new_by_curve_name(OBJ_sn2nid(name_))) {
  if (group_ == nullptr) crypto_failed("EC_GROUP_new_by_curve_name");
}

Pkey EcCurve::generate() {
  PkeyCtx context = generators_.take();
  if (context == nullptr) {
    context.reset(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    if (context == nullptr || EVP_PKEY_keygen_init(context.get()) != 1 ||
        EVP_PKEY_CTX_set_group_name(context.get(), name_) != 1) {
      crypto_failed("EC key generation setup");
    }
  }
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_generate(context.get(), &key) != 1) crypto_failed("EC key generation");
  generators_.put_back(std::move(context));
  return Pkey(key);
}

Pkey EcCurve::from_scalar(ByteView scalar) const {
  SecretBignum value(BN_bin2bn(scalar.data(), static_cast<int>(scalar.size()), nullptr));
  if (value == nullptr) crypto_failed("BN_bin2bn");
  if (scalar.size() != kScalarOctets || BN_is_zero(value.get()) ||
      BN_cmp(value.get(), EC_GROUP_get0_order(group_.get())) >= 0) {
    throw Error(BERTH_INVALID_ARGUMENT, "hsm.bad_scalar",
                "a private key is 32 octets, greater than 0 and less than the curve's order");
  }
  Point point(EC_POINT_new(group_.get()));
  std::uint8_t octets[kPointOctets];
  if (point == nullptr ||
      EC_POINT_mul(group_.get(), point.get(), value.get(), nullptr, nullptr, nullptr) != 1 ||
      EC_POINT_point2oct(group_.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, octets,
                         sizeof octets, nullptr) != sizeof octets) {
    crypto_failed("EC_POINT_mul");
  }
  // Parameters by hand: OSSL_PARAM_BLD would leave a copy of the scalar in freed memory.
  SecretOctets native(kScalarOctets);
  if (BN_bn2nativepad(value.get(), native.data(), kScalarOctets) != kScalarOctets) {
    crypto_failed("BN_bn2nativepad");
  }
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, const_cast<char*>(name_), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets, sizeof octets),
      OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, native.data(), native.size()),
      OSSL_PARAM_construct_end()};
  PkeyCtx context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  if (context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params) != 1) {
    crypto_failed("EVP_PKEY_fromdata");
  }
  return Pkey(key);
}

EcKey::EcKey(Pkey key) : key_(std::move(key)), point_(kPointOctets) {
  std::size_t length = 0;
  if (EVP_PKEY_get_octet_string_param(key_.get(), OSSL_PKEY_PARAM_PUB_KEY, point_.data(),
                                      point_.size(), &length) != 1 ||
      length != kPointOctets) {
    crypto_failed("reading the public point");
  }
}

SecretOctets EcKey::scalar() const {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key_.get(), OSSL_PKEY_PARAM_PRIV_KEY, &raw) != 1) {
    crypto_failed("reading the private scalar");
  }
  SecretBignum value(raw);
  SecretOctets octets(kScalarOctets);
  if (BN_bn2binpad(value.get(), octets.data(), kScalarOctets) != kScalarOctets) {
    crypto_failed("BN_bn2binpad");
  }
  return octets;
}

PkeyCtx EcKey::new_context(int (*init)(EVP_PKEY_CTX*)) const {
  PkeyCtx context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
  if (context == nullptr || init(context.get()) != 1) crypto_failed("EVP_PKEY_CTX_new");
  return context;
}

void EcKey::sign(ByteView digest, std::span<std::uint8_t> signature) const {
  PkeyCtx context = signers_.take();
  if (context == nullptr) context = new_context(EVP_PKEY_sign_init);
  std::uint8_t der[kMaxDerSignature];
  std::size_t length = sizeof der;
  if (EVP_PKEY_sign(context.get(), der, &length, digest.data(), digest.size()) != 1) {
    crypto_failed("ECDSA");
  }
  signers_.put_back(std::move(context));
  const std::uint8_t* cursor = der;
  Signature parsed(d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(length)));
  if (parsed == nullptr ||
      BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), signature.data(), kScalarOctets) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), signature.data() + kScalarOctets,
                   kScalarOctets) < 0) {
    crypto_failed("ECDSA encoding");
  }
}

// Uncompressed only, which leaves out the point at infinity; OpenSSL checks the curve equation.
// Both curves have cofactor 1, so a point on the curve is in the group and no costly order check is
// owed (SEC 1, 3.2.2.1).
Pkey EcKey::peer_from(ByteView point) const {
  if (point.size() != kPointOctets || point[0] != POINT_CONVERSION_UNCOMPRESSED) bad_point();
  Pkey peer(EVP_PKEY_new());
  if (peer == nullptr || EVP_PKEY_copy_parameters(peer.get(), key_.get()) != 1) {
    crypto_failed("EVP_PKEY_copy_parameters");
  }
  if (EVP_PKEY_set1_encoded_public_key(peer.get(), point.data(), point.size()) != 1) bad_point();
  return peer;
}

void EcKey::agree(EVP_KDF* x963, ByteView peer_point, ByteView shared_info,
                  std::span<std::uint8_t> out) const {
  Pkey peer = peer_from(peer_point);
  PkeyCtx context = derivers_.take();
  if (context == nullptr) context = new_context(EVP_PKEY_derive_init);
  SecretOctets shared(kScalarOctets);
  std::size_t length = shared.size();
  if (EVP_PKEY_derive_set_peer_ex(context.get(), peer.get(), 0) != 1 ||
      EVP_PKEY_derive(context.get(), shared.data(), &length) != 1 || length != kScalarOctets) {
    crypto_failed("ECDH");
  }
  derivers_.put_back(std::move(context));

  char digest[] = "SHA256";
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, shared.data(), shared.size()),
      OSSL_PARAM_construct_octet_string(
          OSSL_KDF_PARAM_INFO, const_cast<std::uint8_t*>(shared_info.data()), shared_info.size()),
      OSSL_PARAM_construct_end()};
  if (shared_info.empty()) params[2] = OSSL_PARAM_construct_end();
  KdfCtx kdf(EVP_KDF_CTX_new(x963));
  if (kdf == nullptr || EVP_KDF_derive(kdf.get(), out.data(), out.size(), params) != 1) {
    crypto_failed("X9.63 KDF");
  }
}

}  // namespace softkeys
