// Writes one unit inside an open transaction.

#pragma once

#include <functional>
#include <variant>

#include "kernel/base/random.h"
#include "kernel/ledger/context.h"
#include "kernel/ledger/tenant_ledger.h"

namespace berth::ledger {

// What the writer is handed. `also` runs after the unit's changes, in the same savepoint; the host
// ledger registers tenants with it.
struct WriteRequest {
  Unit unit;
  std::function<Applied(Session&, const ApplyContext&)> also = {};
};

struct UnitResult {
  std::variant<Committed, Refused> answer;
  bool wrote = false;  // false: refused, or committed long ago
};

// Everything of the unit or nothing, by a savepoint; `head` moves on only when it wrote.
// Throws DatabaseError when the database failed, and then the whole transaction is worthless.
UnitResult apply_unit(Session& session, const std::string& tenant_id, UnixMs time_ms,
                      const WriteRequest& request, Random& random, TenantHead& head);

}  // namespace berth::ledger
