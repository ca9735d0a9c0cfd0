// An EC private key as people hand it over: PEM, PKCS#8 or SEC1, unencrypted.

#pragma once

#include <string_view>

#include "kernel/base/curve.h"
#include "kernel/base/secret_bytes.h"

namespace berth::host {

struct PemKey {
  Curve curve;
  SecretBytes scalar;  // 32 octets, big-endian
  Bytes public_point;  // SEC1 uncompressed, 65 octets
};

// kInvalidArgument "key.invalid" for anything but a P-256 or brainpoolP256r1 private key.
Result<PemKey> parse_pem_key(std::string_view pem);

}  // namespace berth::host
