// The least that OpenSSL can do a download for: its cryptography alone, by plain OpenSSL calls with
// keys and contexts that were made before.
//
// One TLS 1.3 handshake (the server's half; the octets pass through memory, there is no socket),
// three ECDSA signatures, five verifications, one key generation, one ECDH with a peer point as it
// arrives (octets), AES-128-CBC and CMAC over the package in segments of 1,008 octets. Nothing is
// parsed, allocated or stored beside that.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "kernel/base/curve.h"

namespace berth::bench {

struct CryptoFloor {
  // Microseconds of CPU, the median of the rounds.
  double handshake = 0;  // always P-256
  double sign = 0;       // one of each from here on
  double verify = 0;
  double generate = 0;
  double agree = 0;
  double encrypt = 0;  // the whole package
  double mac = 0;

  double without_handshake_ms() const {
    return (3 * sign + 5 * verify + generate + agree + encrypt + mac) / 1e3;
  }
  double ms() const { return handshake / 1e3 + without_handshake_ms(); }
};

// `threads` of them do the same at the same time, so that the floor feels the neighbours that the
// server has; CPU time of each thread. Throws when OpenSSL fails.
CryptoFloor measure_floor(Curve curve, std::size_t package_octets, std::size_t threads,
                          std::size_t rounds);

// What `openssl speed` says of the same primitives on this machine, in microseconds; NaN for what
// it could not tell (no such program).
struct OpensslSpeed {
  double sign = 0;
  double verify = 0;
  double agree = 0;
  double encrypt = 0;  // of a package of this size
  double mac = 0;
};
OpensslSpeed ask_openssl_speed(Curve curve, std::size_t package_octets);

}  // namespace berth::bench
