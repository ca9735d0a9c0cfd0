// Writes one planned unit inside an open transaction, step by step.

#pragma once

#include <exception>
#include <variant>

#include "kernel/ledger/plan.h"
#include "kernel/ledger/tenant_ledger.h"

namespace berth::ledger {

struct UnitResult {
  std::variant<Committed, Refused> answer;
  bool wrote = false;  // false: refused, or committed long ago
};

// How a unit that is refused half way leaves nothing behind.
enum class Undo : std::uint8_t {
  kWholeBatch = 1,  // UndoBatch: the caller rolls the transaction back and applies the batch anew
  kThisUnit,        // by a savepoint, which costs every unit what few need
};
struct UndoBatch : std::exception {};

// Everything of the unit or nothing; `head` moves on only when it wrote. Throws DatabaseError when
// the database failed, and then the whole transaction is worthless.
UnitResult apply_unit(Session& session, const std::string& tenant_id, UnixMs time_ms,
                      const UnitPlan& plan, TenantHead& head, Undo undo);

}  // namespace berth::ledger
