// The signature of a proof: ECDSA P-256 over SHA-256, r and s of 32 octets each.

#pragma once

#include <string_view>

#include "kernel/base/result.h"

namespace berth::verify {

// "verify.key": no PEM public key on P-256. "verify.signature": it was signed by another key, or
// something in it was changed.
Result<void> check_signature(std::string_view text, std::string_view signature_hex,
                             std::string_view public_key_pem);

}  // namespace berth::verify
