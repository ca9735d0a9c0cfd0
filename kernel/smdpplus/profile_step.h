// A lifecycle transition as it enters a profile's row.

#pragma once

#include "kernel/ledger/records.h"
#include "kernel/lifecycle/profile.h"

namespace berth::smdpplus {

// The next revision of the row. What the effects say besides (order, binding, attempt) is the
// caller's to write in the same unit.
inline ledger::ProfileRecord advanced(const ledger::ProfileRecord& from,
                                      const lifecycle::ProfileTransition& transition) {
  ledger::ProfileRecord next = from;
  next.state = transition.next;
  next.quarantined = transition.quarantined;
  next.revision = from.revision + 1;
  return next;
}

}  // namespace berth::smdpplus
