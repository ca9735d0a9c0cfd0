#include "kernel/smdpplus/node_share.h"

#include "kernel/smdpplus/memory_sessions.h"
#include "kernel/smdpplus/shared_sessions.h"

namespace berth::smdpplus {

NodeShare make_node_share(const ledger::TenantTransaction& transaction,
                          const trust::SmdpIdentities& identities, const Clock& clock,
                          Random& random, const Es9Service::Limits& limits) {
  if (!transaction) {
    return {std::make_unique<MemorySessions>(limits.session_lifetime_ms,
                                             limits.max_sessions_per_tenant),
            std::make_unique<SoleNode>()};
  }
  return {
      std::make_unique<SharedSessions>(ledger::SessionRows(transaction), find_in(identities),
                                       limits.session_lifetime_ms, limits.max_sessions_per_tenant),
      std::make_unique<SharedWorkLeases>(ledger::WorkerLeaseRows(transaction), clock, random)};
}

}  // namespace berth::smdpplus
