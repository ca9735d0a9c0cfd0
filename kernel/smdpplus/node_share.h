// What the nodes of one host share besides the ledger: their devices' sessions, and who does which
// background work.

#pragma once

#include <memory>

#include "kernel/ledger/tenant_transaction.h"
#include "kernel/smdpplus/es9_service.h"
#include "kernel/smdpplus/sessions.h"
#include "kernel/smdpplus/work_leases.h"

namespace berth::smdpplus {

struct NodeShare {
  std::unique_ptr<SessionStore> sessions;
  std::unique_ptr<WorkLeases> leases;
};

// `transaction`: on the database that the nodes have in common; empty for a host of one node, which
// keeps its sessions in memory and does all work. `identities` and `clock` are borrowed and must
// outlive it.
NodeShare make_node_share(const ledger::TenantTransaction& transaction,
                          const trust::SmdpIdentities& identities, const Clock& clock,
                          Random& random, const Es9Service::Limits& limits);

}  // namespace berth::smdpplus
