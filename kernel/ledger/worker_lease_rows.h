// Which node does a tenant's background work (schema/worker_lease.sql). A row that changed hands or
// was renewed has a new revision; every change is guarded by the one that was read.
//
// No time is kept: a node that waits measures by its own clock how long nothing was renewed, so
// that clocks of nodes need not agree. Thread-safe. All calls fail with what TenantTransaction
// fails with.

#pragma once

#include <optional>
#include <string>

#include "kernel/ledger/tenant_transaction.h"

namespace berth::ledger {

struct WorkerLease {
  std::string holder;  // empty: given up
  std::int64_t revision = 0;
  bool operator==(const WorkerLease&) const = default;
};

class WorkerLeaseRows {
 public:
  explicit WorkerLeaseRows(TenantTransaction transaction) : transaction_(std::move(transaction)) {}

  Result<std::optional<WorkerLease>> find(const TenantId& tenant, const std::string& work) const;
  // The first lease of this work ever, of revision 1. False: there is one.
  Result<bool> insert(const TenantId& tenant, const std::string& work,
                      const std::string& holder) const;
  // From what was read to another holder (or the same, to renew it; or none, to give it up), with
  // the next revision. False: it is not as it was read.
  Result<bool> pass(const TenantId& tenant, const std::string& work, const WorkerLease& from,
                    const std::string& to) const;

 private:
  TenantTransaction transaction_;
};

}  // namespace berth::ledger
