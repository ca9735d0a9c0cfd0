// An elliptic-curve public key that verifies the raw r||s signatures of SGP.22. Thread-safe, cheap
// to copy (shares the decoded key).

#pragma once

#include <initializer_list>
#include <memory>

#include "kernel/base/bytes.h"
#include "kernel/base/curve.h"
#include "kernel/base/result.h"

namespace berth::rsp::pki {

class PublicKey {
 public:
  // SEC1 uncompressed, 65 octets, on the curve; kInvalidArgument "pki.bad_point" otherwise.
  static Result<PublicKey> from_point(Curve curve, ByteView point);

  Curve curve() const { return curve_; }
  const Bytes& point() const { return point_; }
  // ECDSA with SHA-256 over the parts in order; `signature` is 64 octets r||s.
  bool verify(std::initializer_list<ByteView> parts, ByteView signature) const;
  // ECDSA with SHA-256 and a DER signature, as X.509 carries it.
  bool verify_der(ByteView message, ByteView der_signature) const;

 private:
  struct Key;
  PublicKey(Curve curve, Bytes point, std::shared_ptr<const Key> key);
  Curve curve_;
  Bytes point_;
  std::shared_ptr<const Key> key_;
};

}  // namespace berth::rsp::pki
