// Builds a profile package of our own making: SAIP 2.3, one USIM with Milenage, a file system of
// the mandatory files, PIN, PUK and ADM codes, and a security domain of the operator. For tests
// and demonstrations; its keys are random and belong to no network.
//
// Pure but for the randomness it is given. The package holds keys in clear, as every unprotected
// package does: keep it as one keeps a key.

#pragma once

#include <string>

#include "kernel/base/identifiers.h"
#include "kernel/base/random.h"

namespace berth::sample_profile {

struct Subscriber {
  Iccid iccid;
  std::string imsi;           // 6..15 digits
  std::size_t mnc_digits;     // 2 or 3
  std::string name;           // 1..64 printable ASCII; the first 16 are shown as service provider
  std::string gid1_hex = {};  // whole octets, at most 8; empty: no such file
  std::string gid2_hex = {};
};

// "sample_profile.invalid" (kInvalidArgument) names what does not fit. What comes out has passed
// saip::validate.
Result<Bytes> build(const Subscriber& subscriber, Random& random);

}  // namespace berth::sample_profile
