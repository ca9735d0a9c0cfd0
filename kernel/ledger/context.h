// What a unit is applied with: the batch's moment and the numbers the unit will get.

#pragma once

#include "kernel/ledger/session.h"
#include "kernel/ledger/unit.h"

namespace berth::ledger {

// The host's rows stand under this id; no TenantId can be spelled like it.
inline constexpr std::string_view kHostChain = "@host";

struct ApplyContext {
  const std::string& tenant_id;
  UnixMs time_ms = 0;
  std::int64_t incarnation = 0;
  std::int64_t audit_sequence = 0;  // the one this unit will have
};

// Applies one change; a refusal leaves what was written to the caller's savepoint.
using Applied = std::optional<RefusalReason>;

}  // namespace berth::ledger
