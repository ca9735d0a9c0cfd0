#include "kernel/rsp/pki/public_key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>

#include "kernel/base/digest.h"
#include "kernel/rsp/der/der.h"
#include "kernel/rsp/pki/curves.h"

namespace berth::rsp::pki {
namespace {

using EvpKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using EvpContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;

// An EVP_PKEY that holds the curve alone. Copying it into a new key is some twenty times cheaper
// than looking the curve up by name for every key.
EvpKey make_parameters(Curve curve) {
  EvpKey none(nullptr, &EVP_PKEY_free);
  EvpContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), &EVP_PKEY_CTX_free);
  if (!context || EVP_PKEY_paramgen_init(context.get()) <= 0) return none;
  std::string group = openssl_group_name(curve);
  std::array<OSSL_PARAM, 2> params = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_end()};
  EVP_PKEY* made = nullptr;
  if (EVP_PKEY_CTX_set_params(context.get(), params.data()) <= 0 ||
      EVP_PKEY_paramgen(context.get(), &made) <= 0) {
    return none;
  }
  return EvpKey(made, &EVP_PKEY_free);
}

const EVP_PKEY* parameters_of(Curve curve) {
  // Immutable constants of the process; made once, read by all threads.
  static const EvpKey p256 = make_parameters(Curve::kP256);
  static const EvpKey brainpool = make_parameters(Curve::kBrainpoolP256r1);
  return curve == Curve::kP256 ? p256.get() : brainpool.get();
}

// ECDSA-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER } of 64 octets r||s.
Bytes to_der_signature(ByteView raw) {
  const auto integer = [](ByteView half) {
    while (half.size() > 1 && half[0] == 0) half = half.subspan(1);
    Bytes contents;
    if ((half[0] & 0x80) != 0) contents.push_back(0);
    append(contents, half);
    return der::tlv(0x02, contents);
  };
  return der::tlv(0x30, {integer(raw.first(kScalarOctets)), integer(raw.subspan(kScalarOctets))});
}

bool is_positive_minimal_integer(ByteView contents) {
  if (contents.empty() || contents.size() > kScalarOctets + 1 || (contents[0] & 0x80) != 0) {
    return false;
  }
  return contents[0] != 0 || (contents.size() > 1 && (contents[1] & 0x80) != 0);
}

bool is_strict_der_signature(ByteView signature) {
  const auto sequence = der::parse_single(signature, 0x30);
  if (!sequence) return false;
  der::Reader reader(sequence->value);
  const auto r = reader.expect(0x02);
  if (!r || !is_positive_minimal_integer(r->value)) return false;
  const auto s = reader.expect(0x02);
  return s && is_positive_minimal_integer(s->value) && reader.at_end();
}

}  // namespace

struct PublicKey::Key {
  EvpKey evp{nullptr, &EVP_PKEY_free};

  bool verify_digest(const Sha256& digest, ByteView der_signature) const {
    EvpContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, evp.get(), nullptr), &EVP_PKEY_CTX_free);
    const bool good = context && EVP_PKEY_verify_init(context.get()) > 0 &&
                      EVP_PKEY_verify(context.get(), der_signature.data(), der_signature.size(),
                                      digest.data(), digest.size()) == 1;
    // A bad signature leaves entries that a later, unrelated caller would report as its own.
    if (!good) ERR_clear_error();
    return good;
  }
};

PublicKey::PublicKey(Curve curve, Bytes point, std::shared_ptr<const Key> key)
    : curve_(curve), point_(std::move(point)), key_(std::move(key)) {}

Result<PublicKey> PublicKey::from_point(Curve curve, ByteView point) {
  const auto bad = [](std::string message) {
    return Error(ErrorCode::kInvalidArgument, "pki.bad_point", std::move(message));
  };
  if (curve != Curve::kP256 && curve != Curve::kBrainpoolP256r1) return bad("an unknown curve");
  if (point.size() != kPointOctets || point[0] != 0x04) {
    return bad("a public key is 65 octets, 04 X Y");
  }
  const EVP_PKEY* parameters = parameters_of(curve);
  auto key = std::make_shared<Key>();
  key->evp.reset(EVP_PKEY_new());
  if (parameters == nullptr || !key->evp ||
      EVP_PKEY_copy_parameters(key->evp.get(), parameters) != 1) {
    ERR_clear_error();
    return Error(ErrorCode::kInternal, "pki.crypto_failed", "OpenSSL could not set up the curve");
  }
  // OpenSSL refuses a point off the curve here; both curves have cofactor 1, so a point on the
  // curve is in the right group, and 04 X Y cannot be the point at infinity.
  if (EVP_PKEY_set1_encoded_public_key(key->evp.get(), point.data(), point.size()) != 1) {
    ERR_clear_error();
    return bad("the point is not on the curve");
  }
  return PublicKey(curve, to_bytes(point), std::move(key));
}

bool PublicKey::verify(std::initializer_list<ByteView> parts, ByteView signature) const {
  if (signature.size() != kRawSignatureOctets) return false;
  Sha256Stream digest;
  for (const ByteView part : parts) digest.update(part);
  return key_->verify_digest(digest.finish(), to_der_signature(signature));
}

bool PublicKey::verify_der(ByteView message, ByteView der_signature) const {
  if (!is_strict_der_signature(der_signature)) return false;
  return key_->verify_digest(sha256(message), der_signature);
}

}  // namespace berth::rsp::pki
