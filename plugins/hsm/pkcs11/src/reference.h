// How keys are named: by their label, or by a PKCS#11 URI (RFC 7512).

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config.h"

namespace pkcs11 {

inline constexpr std::size_t kMaxLabel = 128;
inline constexpr std::size_t kMaxId = 64;

// The label a destroyed key has until its last open handle is closed. No reference names it.
inline constexpr std::string_view kDestroyedLabel = "berth.destroyed";

// What a key object must carry; at least one of the two.
struct Selector {
  std::string label;             // CKA_LABEL; empty: any
  std::vector<std::uint8_t> id;  // CKA_ID; empty: any
};

// A label for a new key: 1 to 128 octets of UTF-8 without control characters, not beginning with
// "pkcs11:". Throws INVALID_ARGUMENT "hsm.bad_reference".
void check_label(std::string_view label);

// A label, or "pkcs11:" with object and/or id, and token, serial, type where they agree with the
// configuration. Throws INVALID_ARGUMENT "hsm.bad_reference".
Selector parse_reference(std::string_view reference, const Config& config);

}  // namespace pkcs11
