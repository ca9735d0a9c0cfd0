#include "kernel/routing/route_signer.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>

#include "kernel/routing/digests.h"

namespace berth::routing {
namespace {

constexpr std::chrono::seconds kDeadline{10};
constexpr std::size_t kPemLine = 64;
// RFC 5480: SubjectPublicKeyInfo of a P-256 key, up to its point of 65 octets.
constexpr std::string_view kSpkiHead = "3059301306072A8648CE3D020106082A8648CE3D030107034200";

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;

Key key_of(const Bytes& spki) {
  const std::uint8_t* at = spki.data();
  return Key(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
}

Bytes spki_of(const Bytes& point) {
  Bytes spki = *from_hex(kSpkiHead);
  append(spki, point);
  return spki;
}

bool verifies(const Bytes& spki, const Sha256& digest, const Bytes& raw) {
  constexpr std::size_t kHalf = 32;
  if (raw.size() != 2 * kHalf) return false;
  const Key key = key_of(spki);
  const EcdsaSignature signature(ECDSA_SIG_new());
  Number r(BN_bin2bn(raw.data(), kHalf, nullptr));
  Number s(BN_bin2bn(raw.data() + kHalf, kHalf, nullptr));
  if (!key || !signature || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return false;
  static_cast<void>(r.release());  // the signature's now
  static_cast<void>(s.release());
  std::uint8_t* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  const Context context(EVP_PKEY_CTX_new(key.get(), nullptr));
  const bool good = size > 0 && context && EVP_PKEY_verify_init(context.get()) == 1 &&
                    EVP_PKEY_verify(context.get(), der, static_cast<std::size_t>(size),
                                    digest.data(), digest.size()) == 1;
  OPENSSL_free(der);
  return good;
}

}  // namespace

plugins::Op RouteSigner::op() const { return {"routes", "", clock_.monotonic() + kDeadline}; }

Result<std::unique_ptr<plugins::HsmKey>> RouteSigner::open(const plugins::Op& op) const {
  auto key = hsm_.open_key(op, kRouteKey);
  if (key || key.error().code() != ErrorCode::kNotFound) return key;
  auto made = hsm_.generate_pair(op, kRouteKey, Curve::kP256, plugins::KeyUsage::kSign);
  // Another node may have been faster.
  if (!made && made.error().code() == ErrorCode::kAlreadyExists) {
    return hsm_.open_key(op, kRouteKey);
  }
  return made;
}

Result<RouteSigner::Signature> RouteSigner::sign(std::string_view text) const {
  const plugins::Op now = op();
  BERTH_TRY(key, open(now));
  BERTH_TRY(point, hsm_.public_point(now, *key));
  BERTH_TRY(signature, hsm_.sign(now, *key, sha256(as_bytes(text))));
  return Signature{lower_hex(signature), lower_hex(sha256(point))};
}

Result<bool> RouteSigner::verify(std::string_view text, std::string_view value_hex) const {
  const plugins::Op now = op();
  BERTH_TRY(key, open(now));
  BERTH_TRY(point, hsm_.public_point(now, *key));
  const auto raw = from_hex(value_hex);
  return raw.ok() && verifies(spki_of(point), sha256(as_bytes(text)), *raw);
}

Result<std::string> RouteSigner::public_key_pem() const {
  const plugins::Op now = op();
  BERTH_TRY(key, open(now));
  BERTH_TRY(point, hsm_.public_point(now, *key));
  const std::string text = to_base64(spki_of(point));
  std::string pem = "-----BEGIN PUBLIC KEY-----\n";
  for (std::size_t at = 0; at < text.size(); at += kPemLine) {
    pem += text.substr(at, kPemLine) + "\n";
  }
  return pem + "-----END PUBLIC KEY-----\n";
}

}  // namespace berth::routing
