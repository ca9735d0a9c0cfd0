// The vault's collector, asked to look and told by the ledger, in the host's housekeeping. Private
// to this folder.

#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "kernel/context/tenant_context.h"
#include "kernel/vault/collector.h"

namespace berth::smdpplus {

// Thread-safe; for one tenant one caller at a time.
class ObjectCollection {
 public:
  // Goes on with the tenant's round, if one is due, for a bounded time. Failures are logged and
  // another round comes later. True: there is more to do at once.
  bool collect(context::TenantContext& tenant);

 private:
  std::mutex mutex_;  // over the map; each entry belongs to its one caller
  std::map<TenantId, std::unique_ptr<vault::Collector>> collectors_;
};

}  // namespace berth::smdpplus
