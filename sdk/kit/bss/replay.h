// Recorded events given to a connector as a host would: in order, and again where it was
// interrupted.

#pragma once

#include <istream>
#include <string>

#include "berth/abi/draft/bss.h"
#include "kit/exercise.h"

namespace berth::bss_kit {

inline constexpr std::size_t kReplayBatch = 10;    // events
inline constexpr std::size_t kInterruptEvery = 3;  // each third batch loses its answer half way
inline constexpr int kTriesForOneEvent = 3;        // of one that asks to come again
inline constexpr std::size_t kMaxReplayLine = 1 << 20;  // octets

// One JSON object a line: "sequence", "eventId", "type" and "event" (an object), if wanted
// "incarnation" (1), "attempt" (0) and "schema" (type and "/1"). Says what became of them. Throws
// std::runtime_error for a line that is none, and when the connector breaks a rule.
std::string replay(const berth_bss& table, berth_instance* instance, kit::Caller& caller,
                   std::istream& events);

}  // namespace berth::bss_kit
