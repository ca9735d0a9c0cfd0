// The identities of sample subscribers.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/base/identifiers.h"

namespace berth::sample_profile {

inline constexpr std::uint64_t kMaxNumber = 9'999'999'999;

// 18 digits get their check digit (Luhn, ITU-T E.118); 19 or 20 must already end in the right one.
// "sample_profile.invalid".
Result<Iccid> complete_iccid(std::string_view digits);

// Subscriber `number`, 0..kMaxNumber, of nobody's: ICCID 89 999 010 + number + check digit (no
// country has 999), IMSI of the test network 001/01.
Iccid numbered_iccid(std::uint64_t number);
std::string numbered_imsi(std::uint64_t number);

}  // namespace berth::sample_profile
