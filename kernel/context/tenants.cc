#include "kernel/context/tenants.h"

namespace berth::context {

void Tenants::add(std::unique_ptr<TenantContext> tenant) {
  const TenantId id = tenant->id();
  const bool inserted = by_id_.emplace(id, std::move(tenant)).second;
  BERTH_ASSERT(inserted);
}

TenantContext* Tenants::find(const TenantId& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second.get();
}

TenantContext* Tenants::by_realm(const HostName& realm) const {
  const tenancy::Route* route = routes_->by_realm(realm);
  return route == nullptr ? nullptr : find(route->tenant);
}

std::vector<TenantContext*> Tenants::all() const {
  std::vector<TenantContext*> tenants;
  for (const auto& [id, tenant] : by_id_) tenants.push_back(tenant.get());
  return tenants;
}

}  // namespace berth::context
