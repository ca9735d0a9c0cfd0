// Writes one planned unit inside an open transaction, step by step.

#pragma once

#include <variant>

#include "kernel/ledger/plan.h"
#include "kernel/ledger/tenant_ledger.h"

namespace berth::ledger {

struct UnitResult {
  std::variant<Committed, Refused> answer;
  bool wrote = false;  // false: refused, or committed long ago
};

// Everything of the unit or nothing, by a savepoint; `head` moves on only when it wrote.
// Throws DatabaseError when the database failed, and then the whole transaction is worthless.
UnitResult apply_unit(Session& session, const std::string& tenant_id, UnixMs time_ms,
                      const UnitPlan& plan, TenantHead& head);

}  // namespace berth::ledger
