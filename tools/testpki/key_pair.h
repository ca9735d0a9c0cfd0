// Private keys of the test PKI, held in memory and given out in the clear. Never for production:
// a real SM-DP+ keeps its keys in an HSM.

#pragma once

#include <string_view>

#include "kernel/base/curve.h"
#include "kernel/base/random.h"
#include "kernel/base/secret_bytes.h"

namespace berth::testpki {

struct KeyPair {
  Curve curve = Curve::kP256;
  SecretBytes scalar;  // 32 octets, big-endian
  Bytes point;         // 65 octets, 04 X Y

  KeyPair copy() const;
};

KeyPair generate_key(Curve curve, Random& random);
// 1 <= scalar < n, 32 octets; "testpki.bad_key" otherwise.
Result<KeyPair> key_from_scalar(Curve curve, ByteView scalar);
// SEC1 "EC PRIVATE KEY" (an "EC PARAMETERS" block before it is skipped) or PKCS#8 "PRIVATE KEY",
// unencrypted. "testpki.bad_key"
Result<KeyPair> key_from_pem(std::string_view pem);
// SEC1 "EC PRIVATE KEY", with the curve's name and the public key.
SecretBytes key_to_pem(const KeyPair& key);

// ECDSA with SHA-256; 64 octets r||s, as SGP.22 messages carry it.
Bytes sign_raw(const KeyPair& key, ByteView message);
// The same as X.509 carries it, an ECDSA-Sig-Value.
Bytes sign_der(const KeyPair& key, ByteView message);

}  // namespace berth::testpki
