// Tenants that are taken out of what serves while they are copied, and put back. Thread-safe.
// Internal to this room.

#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "kernel/context/tenants.h"

namespace berth::api {

class Handover;

class ClosedTenants {
 public:
  // Borrowed.
  ClosedTenants(context::Tenants& tenants, Handover& handover)
      : tenants_(tenants), handover_(handover) {}

  // Waits until nobody holds the tenant any more. kFailedPrecondition "move.busy": somebody still
  // does; it is served as before. kFailedPrecondition "move.step": it is not served.
  Result<void> close(const TenantId& tenant);
  // As it was, under the routes of now.
  Result<void> reopen(const TenantId& tenant);

 private:
  void put_back(const context::TenantContext& tenant);

  context::Tenants& tenants_;
  Handover& handover_;
  std::mutex mutex_;
  std::map<TenantId, std::shared_ptr<context::TenantContext>> closed_;
};

}  // namespace berth::api
