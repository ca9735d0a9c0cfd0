// Why a device cancelled a session (SGP.22 §5.7.14), and what that does to the order (§3.1.3).
// Static data, thread-safe.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "kernel/rsp/rsp_error.h"

namespace berth::rsp::sgp22 {

// Keep: the session ends, the order stays downloadable. End: the order is over and its operator
// is told.
enum class CancelEffect : std::uint8_t { kKeepOrder = 1, kEndOrder = 2 };

struct CancelReason {
  std::string_view name;  // as in the specification; "unknown" for a number it does not list
  CancelEffect effect = CancelEffect::kEndOrder;
  std::optional<RspError> report;  // to the operator; none when the order stays
};

// A number that no release lists is treated as undefinedReason (127) under the name "unknown".
CancelReason cancel_reason(std::uint64_t reason);

}  // namespace berth::rsp::sgp22
