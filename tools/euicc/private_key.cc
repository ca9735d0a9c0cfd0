#include "tools/euicc/private_key.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>

namespace berth::euicc {
namespace {

constexpr std::size_t kScalarSize = 32;
constexpr std::size_t kPointSize = 65;
// A valid scalar is drawn at the first try with probability over 1/2 on both curves.
constexpr int kMaxDraws = 256;

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <class T, auto Free>
using Owned = std::unique_ptr<T, Deleter<Free>>;
using OwnedKey = Owned<EVP_PKEY, EVP_PKEY_free>;
using OwnedNumber = Owned<BIGNUM, BN_clear_free>;
using OwnedGroup = Owned<EC_GROUP, EC_GROUP_free>;
using OwnedPoint = Owned<EC_POINT, EC_POINT_free>;
using OwnedKeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using OwnedDigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

Error invalid(std::string message) {
  return Error(ErrorCode::kInvalidArgument, "card.key_invalid", std::move(message));
}
Error failed(const char* what) {
  return Error(ErrorCode::kInternal, "card.crypto", std::string("OpenSSL failed to ") + what);
}

int nid_of(Curve curve) {
  return curve == Curve::kP256 ? NID_X9_62_prime256v1 : NID_brainpoolP256r1;
}

OwnedKey key_from_parts(Curve curve, ByteView point, const BIGNUM* scalar) {
  const Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                  OBJ_nid2sn(nid_of(curve)), 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  if (scalar != nullptr) {
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar);
  }
  const Owned<OSSL_PARAM, OSSL_PARAM_free> params(OSSL_PARAM_BLD_to_param(builder.get()));
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key,
                        scalar != nullptr ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                        params.get()) != 1) {
    return nullptr;
  }
  return OwnedKey(key);
}

OwnedKey decode(ByteView pem_or_der) {
  const Owned<BIO, BIO_free> bio(
      BIO_new_mem_buf(pem_or_der.data(), static_cast<int>(pem_or_der.size())));
  if (!bio) return nullptr;
  // An empty passphrase callback: an encrypted key is refused, never asked about.
  auto no_passphrase = [](char*, int, int, void*) { return -1; };
  if (EVP_PKEY* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr)) {
    return OwnedKey(key);
  }
  const std::uint8_t* position = pem_or_der.data();
  return OwnedKey(d2i_AutoPrivateKey(nullptr, &position, static_cast<long>(pem_or_der.size())));
}

}  // namespace

struct PrivateKey::Key {
  OwnedKey pkey;
};

PrivateKey::PrivateKey(Curve curve, Bytes point, std::shared_ptr<const Key> key)
    : curve_(curve), point_(std::move(point)), key_(std::move(key)) {}

Result<PrivateKey> PrivateKey::from_scalar(Curve curve, ByteView scalar) {
  if (scalar.size() != kScalarSize) return invalid("a private key has 32 octets");
  const OwnedGroup group(EC_GROUP_new_by_curve_name(nid_of(curve)));
  const OwnedNumber number(BN_secure_new());
  if (!group || !number ||
      BN_bin2bn(scalar.data(), static_cast<int>(scalar.size()), number.get()) == nullptr) {
    return failed("read a private key");
  }
  if (BN_is_zero(number.get()) || BN_cmp(number.get(), EC_GROUP_get0_order(group.get())) >= 0) {
    return invalid("the private key is not between 1 and the curve's order");
  }
  const OwnedPoint product(EC_POINT_new(group.get()));
  Bytes point(kPointSize);
  if (!product ||
      EC_POINT_mul(group.get(), product.get(), number.get(), nullptr, nullptr, nullptr) != 1 ||
      EC_POINT_point2oct(group.get(), product.get(), POINT_CONVERSION_UNCOMPRESSED, point.data(),
                         point.size(), nullptr) != kPointSize) {
    return failed("compute a public key");
  }
  OwnedKey pkey = key_from_parts(curve, point, number.get());
  if (!pkey) return failed("build a private key");
  auto key = std::make_shared<Key>();
  key->pkey = std::move(pkey);
  return PrivateKey(curve, std::move(point), std::move(key));
}

Result<PrivateKey> PrivateKey::parse(ByteView pem_or_der) {
  const OwnedKey pkey = decode(pem_or_der);
  if (!pkey) return invalid("not an unencrypted EC private key in PEM or DER");
  std::array<char, 64> name{};
  if (EVP_PKEY_get_utf8_string_param(pkey.get(), OSSL_PKEY_PARAM_GROUP_NAME, name.data(),
                                     name.size(), nullptr) != 1) {
    return invalid("not an EC private key on a named curve");
  }
  const int nid = OBJ_txt2nid(name.data());
  if (nid != NID_X9_62_prime256v1 && nid != NID_brainpoolP256r1) {
    return invalid("the key's curve is neither P-256 nor brainpoolP256r1");
  }
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(pkey.get(), OSSL_PKEY_PARAM_PRIV_KEY, &number) != 1) {
    return invalid("the key holds no private part");
  }
  const OwnedNumber owned(number);
  SecretBytes scalar(kScalarSize);
  if (BN_bn2binpad(number, scalar.mutable_view().data(), kScalarSize) != kScalarSize) {
    return invalid("the private key is longer than 32 octets");
  }
  return from_scalar(nid == NID_X9_62_prime256v1 ? Curve::kP256 : Curve::kBrainpoolP256r1,
                     scalar.view());
}

Result<PrivateKey> PrivateKey::generate(Curve curve, Random& random) {
  SecretBytes scalar(kScalarSize);
  for (int draw = 0; draw < kMaxDraws; ++draw) {
    random.fill(scalar.mutable_view());
    Result<PrivateKey> key = from_scalar(curve, scalar.view());
    if (key || key.error().code() != ErrorCode::kInvalidArgument) return key;
  }
  return Error(ErrorCode::kInternal, "card.crypto", "the random source gives no valid private key");
}

Result<Bytes> PrivateKey::sign(std::initializer_list<ByteView> parts) const {
  const OwnedDigestContext context(EVP_MD_CTX_new());
  if (!context || EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr,
                                        key_->pkey.get(), nullptr) != 1) {
    return failed("start a signature");
  }
  for (const ByteView part : parts) {
    if (EVP_DigestSignUpdate(context.get(), part.data(), part.size()) != 1) {
      return failed("hash for a signature");
    }
  }
  std::array<std::uint8_t, 80> der{};
  std::size_t size = der.size();
  if (EVP_DigestSignFinal(context.get(), der.data(), &size) != 1) return failed("sign");
  const std::uint8_t* position = der.data();
  const Owned<ECDSA_SIG, ECDSA_SIG_free> pair(
      d2i_ECDSA_SIG(nullptr, &position, static_cast<long>(size)));
  Bytes raw(2 * kScalarSize);
  if (!pair || BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), raw.data(), kScalarSize) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), raw.data() + kScalarSize, kScalarSize) < 0) {
    return failed("convert a signature");
  }
  return raw;
}

Result<SecretBytes> PrivateKey::agree(ByteView peer_point) const {
  const Error bad(ErrorCode::kInvalidArgument, "card.bad_point",
                  "the other side's one-time key is not an uncompressed point of this curve");
  if (peer_point.size() != kPointSize || peer_point[0] != 0x04) return bad;
  const OwnedKey peer = key_from_parts(curve_, peer_point, nullptr);
  if (!peer) return bad;
  const OwnedKeyContext context(EVP_PKEY_CTX_new(key_->pkey.get(), nullptr));
  SecretBytes shared(kScalarSize);
  std::size_t size = shared.size();
  if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer_ex(context.get(), peer.get(), 1) != 1) {
    return bad;
  }
  if (EVP_PKEY_derive(context.get(), shared.mutable_view().data(), &size) != 1 ||
      size != kScalarSize) {
    return failed("agree on a secret");
  }
  return shared;
}

SecretBytes PrivateKey::scalar() const {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key_->pkey.get(), OSSL_PKEY_PARAM_PRIV_KEY, &number);
  const OwnedNumber owned(number);
  SecretBytes octets(kScalarSize);
  BERTH_ASSERT(number != nullptr &&
               BN_bn2binpad(number, octets.mutable_view().data(), kScalarSize) == kScalarSize);
  return octets;
}

}  // namespace berth::euicc
