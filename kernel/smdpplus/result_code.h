// resultCode of tenant events: RSP-nnnn. The table is docs/reference/result-codes.md.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace berth::smdpplus {

inline constexpr std::string_view kResultSuccess = "RSP-2000";
inline constexpr std::string_view kResultAttemptsExceeded = "RSP-4300";
inline constexpr std::string_view kResultCodeAttemptsExceeded = "RSP-4301";

// RSP-41nn: the card's ErrorReason nn (SGP.22 §2.5.6); beyond 99 RSP-4199.
std::string install_error_code(std::uint64_t error_reason);
// RSP-42nn: the card's CancelSessionReason nn (SGP.22 §5.7.14); beyond 99 RSP-4299.
std::string cancel_code(std::uint64_t reason);

}  // namespace berth::smdpplus
