// resultCode of tenant events: RSP-nnnn. The registry is docs/reference/result-codes.md.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/rsp/rsp_error.h"

namespace berth::smdpplus {

// Rises when a code is added; no code ever changes its meaning or goes away.
inline constexpr int kResultRegistryVersion = 2;

inline constexpr std::string_view kResultSuccess = "RSP-2000";
inline constexpr std::string_view kResultAttemptsExceeded = "RSP-4300";
inline constexpr std::string_view kResultCodeAttemptsExceeded = "RSP-4301";
inline constexpr std::string_view kResultAbandoned = "RSP-4302";  // no package was ever fetched
inline constexpr std::string_view kResultIneligible = "RSP-4303";
inline constexpr std::string_view kResultOrderExpired = "RSP-4304";
inline constexpr std::string_view kResultUnknown = "RSP-5000";  // delivered, no result came in time

// RSP-41nn: the card's ErrorReason nn (SGP.22 §2.5.6); beyond 98 RSP-4199.
std::string install_error_code(std::uint64_t error_reason);
// RSP-42nn: the card's CancelSessionReason nn (SGP.22 §5.7.14); beyond 98 RSP-4299.
std::string cancel_code(std::uint64_t reason);

// An ErrorReason as the pair an operator is told on ES2+ (no source gives these; one table here).
rsp::RspError install_error_report(std::uint64_t error_reason);

struct ResultEntry {
  std::string code;    // "RSP-4113"
  std::string result;  // "SUCCESS", "FAILED", "CANCELLED", "UNKNOWN"
  std::string pair;    // "8.2.9/3.10" as told on ES2+; empty: not told there
  std::string name;    // "installFailedDueToDataMismatch"
};
// Every code there is, ascending.
std::vector<ResultEntry> result_registry();

}  // namespace berth::smdpplus
