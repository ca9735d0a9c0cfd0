// Full transitions through a tenant's ledger: profile and order written anew, guarded by what they
// were, with event, usage fact and audit record, as a download's commits are.

#pragma once

#include <cstddef>
#include <span>

#include "kernel/base/random.h"
#include "kernel/ledger/tenant_ledger.h"

namespace berth::bench {

struct TransitionShape {
  std::size_t writers = 64;  // threads; each changes a profile and an order of its own
  double seconds = 5;
};

// A second, over all ledgers; only units whose commit was answered within the time count. Writers
// are dealt out over `ledgers`, which may be several nodes' handles of one tenant. Throws when a
// unit is refused or its outcome unknown.
double transitions_per_second(std::span<ledger::TenantLedger* const> ledgers,
                              const TransitionShape& shape, Random& random);

}  // namespace berth::bench
