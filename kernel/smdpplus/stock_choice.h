// Which profile an order gets (SGP.22 §5.3.1): the one it names, or any of its type.
//
// Private to this folder. Thread-safe.

#pragma once

#include <optional>
#include <string_view>

#include "kernel/context/tenant_context.h"
#include "kernel/smdpplus/failure.h"

namespace berth::smdpplus {

// How often an order by type may find its choice taken by another order; each time, another order
// has succeeded.
inline constexpr int kMaxStockRounds = 64;
// Orders by type begin their search at one of this many places, so that concurrent ones rarely
// meet.
inline constexpr std::size_t kStockSpread = 64;

struct WantedProfile {
  std::optional<Iccid> iccid;  // one of the two; both must agree
  std::string_view profile_type;
  std::optional<Eid> eid;  // for whom
};

// An Available profile, or why there is none: 8.2.1/3.9, /3.3, 8.2.5/3.8, /3.9, /3.7, in the order
// of the specification. A profile that was deleted from a card and may go there again is no other
// card's: 8.2.1/3.3.
Result<ledger::ProfileRecord, Failure> choose_profile(context::TenantContext& tenant,
                                                      const WantedProfile& wanted);

}  // namespace berth::smdpplus
