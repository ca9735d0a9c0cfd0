// One statement on rows of one tenant that are no part of the tenant's story: sessions of devices,
// leases of workers. They are written past the tenant's writer, so that nothing waits for a batch,
// and by every node.

#pragma once

#include <functional>
#include <memory>

#include "kernel/base/identifiers.h"
#include "kernel/base/result.h"
#include "kernel/ledger/session.h"

namespace berth::ledger {

// Runs the work, which makes one statement, on a connection of a pool that sees and touches this
// tenant's rows alone; success means that it is committed, though perhaps not on the disk yet. What
// the work throws comes out as an Error ("ledger.unavailable", "ledger.corrupt_row",
// "ledger.failed"); after one it is not known whether the statement took effect, so callers ask the
// rows again. Never run twice. Thread-safe.
using TenantTransaction =
    std::function<Result<void>(const TenantId& tenant, const std::function<void(Session&)>& work)>;

class PostgresPool;
TenantTransaction transactions_on(std::shared_ptr<PostgresPool> pool);

}  // namespace berth::ledger
