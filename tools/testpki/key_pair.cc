#include "tools/testpki/key_pair.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <memory>

#include "kernel/rsp/der/der.h"
#include "kernel/rsp/pki/curves.h"

namespace berth::testpki {
namespace {

using rsp::pki::kPointOctets;
using rsp::pki::kScalarOctets;

template <auto Function>
struct Free {
  template <class T>
  void operator()(T* object) const {
    Function(object);
  }
};
using Bio = std::unique_ptr<BIO, Free<&BIO_free_all>>;
using Group = std::unique_ptr<EC_GROUP, Free<&EC_GROUP_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<&EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<&EVP_PKEY_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Free<&BN_clear_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Free<&OSSL_PARAM_free>>;
using ParamsBuilder = std::unique_ptr<OSSL_PARAM_BLD, Free<&OSSL_PARAM_BLD_free>>;
using Point = std::unique_ptr<EC_POINT, Free<&EC_POINT_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Free<&ECDSA_SIG_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<&EVP_MD_CTX_free>>;

Error bad_key(std::string message) {
  ERR_clear_error();
  return {ErrorCode::kInvalidArgument, "testpki.bad_key", std::move(message)};
}

Number number_of(ByteView octets) {
  return Number(BN_bin2bn(octets.data(), static_cast<int>(octets.size()), nullptr));
}

Key to_openssl(const KeyPair& key) {
  const Number scalar = number_of(key.scalar.view());
  const ParamsBuilder builder(OSSL_PARAM_BLD_new());
  BERTH_ASSERT(scalar && builder);
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                  rsp::pki::openssl_group_name(key.curve), 0);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar.get());
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, key.point.data(),
                                   key.point.size());
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* made = nullptr;
  BERTH_ASSERT(params && context && EVP_PKEY_fromdata_init(context.get()) > 0);
  BERTH_ASSERT(EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, params.get()) > 0);
  return Key(made);
}

// An encrypted file must fail, not prompt on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

}  // namespace

KeyPair KeyPair::copy() const { return {curve, SecretBytes::copy_of(scalar.view()), point}; }

Result<KeyPair> key_from_scalar(Curve curve, ByteView scalar) {
  if (scalar.size() != kScalarOctets) return bad_key("a private key is 32 octets");
  const Group group(EC_GROUP_new_by_curve_name(OBJ_txt2nid(rsp::pki::openssl_group_name(curve))));
  const Number number = number_of(scalar);
  BERTH_ASSERT(group && number);
  if (BN_is_zero(number.get()) || BN_cmp(number.get(), EC_GROUP_get0_order(group.get())) >= 0) {
    return bad_key("the private key is not below the curve's order");
  }
  const Point point(EC_POINT_new(group.get()));
  KeyPair key{curve, SecretBytes::copy_of(scalar), Bytes(kPointOctets)};
  BERTH_ASSERT(point && EC_POINT_mul(group.get(), point.get(), number.get(), nullptr, nullptr,
                                     nullptr) == 1);
  BERTH_ASSERT(EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED,
                                  key.point.data(), key.point.size(), nullptr) == kPointOctets);
  return key;
}

KeyPair generate_key(Curve curve, Random& random) {
  SecretBytes scalar(kScalarOctets);
  // The worse of the two curves takes two draws in three.
  constexpr int kMaxDraws = 1000;
  for (int draw = 0; draw < kMaxDraws; ++draw) {
    random.fill(scalar.mutable_view());
    auto key = key_from_scalar(curve, scalar.view());
    if (key) return std::move(*key);
  }
  assertion_failed("random octets are random", __FILE__, __LINE__);
}

Result<KeyPair> key_from_pem(std::string_view pem) {
  // From the private key's own block on: the "EC PARAMETERS" that may stand before it say nothing
  // more.
  const std::size_t sec1 = pem.find("-----BEGIN EC PRIVATE KEY-----");
  const std::size_t begin =
      sec1 != std::string_view::npos ? sec1 : pem.find("-----BEGIN PRIVATE KEY-----");
  if (begin == std::string_view::npos) return bad_key("no unencrypted PEM private key");
  pem.remove_prefix(begin);
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr));
  if (!key) return bad_key("the PEM private key cannot be read");
  std::array<char, 64> group{};
  BIGNUM* read = nullptr;
  if (EVP_PKEY_get_utf8_string_param(key.get(), OSSL_PKEY_PARAM_GROUP_NAME, group.data(),
                                     group.size(), nullptr) != 1 ||
      EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &read) != 1) {
    return bad_key("not an elliptic-curve private key");
  }
  const Number number(read);
  SecretBytes scalar(kScalarOctets);
  if (BN_bn2binpad(number.get(), scalar.mutable_view().data(), kScalarOctets) < 0) {
    return bad_key("the private key is longer than 32 octets");
  }
  for (const Curve curve : {Curve::kP256, Curve::kBrainpoolP256r1}) {
    if (std::string_view(group.data()) == rsp::pki::openssl_group_name(curve)) {
      return key_from_scalar(curve, scalar.view());
    }
  }
  return bad_key("the private key is not on P-256 or brainpoolP256r1");
}

SecretBytes key_to_pem(const KeyPair& key) {
  namespace der = rsp::der;
  const Bytes curve = der::oid_from_text(rsp::pki::curve_oid(key.curve)).value();
  const Bytes point = der::tlv(0x03, {Bytes{0}, key.point});
  Bytes scalar = der::tlv(0x04, key.scalar.view());
  Bytes sec1 = der::tlv(0x30, {der::tlv(0x02, Bytes{1}), scalar,
                               der::tlv(0xA0, der::tlv(0x06, curve)), der::tlv(0xA1, point)});
  std::string base64 = to_base64(sec1);
  std::string pem;
  pem.reserve(512);  // no reallocation, so no copy stays behind
  pem += "-----BEGIN EC PRIVATE KEY-----\n";
  for (std::size_t at = 0; at < base64.size(); at += 64) {
    pem.append(base64, at, 64);
    pem += '\n';
  }
  pem += "-----END EC PRIVATE KEY-----\n";
  SecretBytes result = SecretBytes::copy_of(as_bytes(pem));
  wipe(scalar);
  wipe(sec1);
  for (std::string* text : {&base64, &pem}) std::fill(text->begin(), text->end(), '\0');
  return result;
}

Bytes sign_der(const KeyPair& key, ByteView message) {
  const Key openssl_key = to_openssl(key);
  const DigestContext context(EVP_MD_CTX_new());
  BERTH_ASSERT(context && EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr,
                                                openssl_key.get(), nullptr) == 1);
  Bytes signature(static_cast<std::size_t>(EVP_PKEY_get_size(openssl_key.get())));
  std::size_t size = signature.size();
  BERTH_ASSERT(
      EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1);
  signature.resize(size);
  return signature;
}

Bytes sign_raw(const KeyPair& key, ByteView message) {
  const Bytes encoded = sign_der(key, message);
  const std::uint8_t* at = encoded.data();
  const Signature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(encoded.size())));
  Bytes raw(2 * kScalarOctets);
  constexpr int kHalf = kScalarOctets;
  BERTH_ASSERT(signature &&
               BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw.data(), kHalf) == kHalf &&
               BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw.data() + kHalf, kHalf) == kHalf);
  return raw;
}

}  // namespace berth::testpki
