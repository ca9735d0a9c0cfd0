// A subscriber's values as the card holds them. Private to this room.

#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "kernel/saip/personalise.h"

namespace berth::saip {

inline constexpr std::size_t kImsiOctets = 9;
inline constexpr std::size_t kAccessClassOctets = 2;
inline constexpr std::size_t kCodeOctets = 8;  // PIN, PUK and ADM
inline constexpr std::size_t kMilenageOctets = 16;

// "saip.personalise_value", naming the value and never showing it.
Result<void> check_values(const Personalisation& values);

// For values that passed:

// EF.IMSI, TS 31.102 §4.2.2.
std::array<std::uint8_t, kImsiOctets> imsi_file(std::string_view imsi);
// EF.ACC, TS 31.102 §4.2.15.
std::array<std::uint8_t, kAccessClassOctets> access_class_file(const Personalisation& values);
// ASCII digits and FF to the right.
SecretBytes padded_code(const SecretBytes& code);
// OPc = AES-128(K, OP) xor OP, TS 35.206 §4.1; both are 16 octets.
SecretBytes derive_opc(const SecretBytes& k, const SecretBytes& op);

}  // namespace berth::saip
