// An elliptic-curve private key of the card: signs with raw r||s, agrees on a shared secret.
//
// Immutable, thread-safe, cheap to copy (copies share the decoded key; OpenSSL wipes the number
// when the last one goes). There is no operator<< and no text form except the explicit scalar().

#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/base/curve.h"
#include "kernel/base/random.h"
#include "kernel/base/result.h"
#include "kernel/base/secret_bytes.h"

namespace berth::euicc {

class PrivateKey {
 public:
  // PKCS#8 or SEC1, PEM or DER, unencrypted; P-256 or brainpoolP256r1. kInvalidArgument
  // "card.key_invalid".
  static Result<PrivateKey> parse(ByteView pem_or_der);
  // 32 octets, big endian, 1..n-1; "card.key_invalid".
  static Result<PrivateKey> from_scalar(Curve curve, ByteView scalar);
  // Draws 32 octets at a time from `random` until they are a valid scalar.
  static Result<PrivateKey> generate(Curve curve, Random& random);

  Curve curve() const { return curve_; }
  // SEC1 uncompressed, 65 octets.
  const Bytes& point() const { return point_; }
  // ECDSA with SHA-256 over the parts in order; 64 octets r||s (BSI TR-03111 plain format).
  Result<Bytes> sign(std::initializer_list<ByteView> parts) const;
  // The 32-octet x coordinate; refuses a point that is not on the curve ("card.bad_point").
  Result<SecretBytes> agree(ByteView peer_point) const;
  SecretBytes scalar() const;

 private:
  struct Key;
  PrivateKey(Curve curve, Bytes point, std::shared_ptr<const Key> key);
  Curve curve_;
  Bytes point_;
  std::shared_ptr<const Key> key_;
};

}  // namespace berth::euicc
