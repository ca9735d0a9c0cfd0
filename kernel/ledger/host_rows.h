// The host's table `tenant`.

#pragma once

#include "kernel/ledger/host_ledger.h"
#include "kernel/ledger/plan.h"

namespace berth::ledger {

Step plan_tenant(const TenantId& tenant);
std::span<const Statement> host_writes();

bool is_registered(Session& session, const TenantId& tenant);
std::vector<TenantEntry> registered_tenants(Session& session);

}  // namespace berth::ledger
