#include "kernel/context/tenants.h"

namespace berth::context {

Tenants::Tenants(std::shared_ptr<const tenancy::RouteTable> routes)
    : now_(std::make_shared<const Generation>(Generation{std::move(routes), {}})) {}

void Tenants::add(std::unique_ptr<TenantContext> tenant) {
  const std::lock_guard lock(changing_);
  Generation next = *now_.now();
  const TenantId id = tenant->id();
  const bool inserted = next.by_id.emplace(id, std::move(tenant)).second;
  BERTH_ASSERT(inserted);
  become(std::move(next));
}

std::shared_ptr<TenantContext> Tenants::remove(const TenantId& id) {
  const std::lock_guard lock(changing_);
  Generation next = *now_.now();
  const auto found = next.by_id.find(id);
  if (found == next.by_id.end()) return nullptr;
  std::shared_ptr<TenantContext> tenant = std::move(found->second);
  next.by_id.erase(found);
  become(std::move(next));
  return tenant;
}

void Tenants::reroute(
    const std::shared_ptr<const tenancy::RouteTable>& routes,
    const std::shared_ptr<const std::map<TenantId, tenancy::EidPolicy>>& policies) {
  const std::lock_guard lock(changing_);
  Generation next{routes, {}};
  const auto before = now_.now();
  for (const auto& [id, tenant] : before->by_id) {
    next.by_id.emplace(id, std::make_shared<TenantContext>(*tenant, routes, policies));
  }
  become(std::move(next));
}

std::shared_ptr<TenantContext> Tenants::find(const TenantId& id) const {
  const auto generation = now_.now();
  const auto found = generation->by_id.find(id);
  return found == generation->by_id.end() ? nullptr : found->second;
}

std::shared_ptr<TenantContext> Tenants::by_realm(const HostName& realm) const {
  const auto generation = now_.now();
  const tenancy::Route* route = generation->routes->by_realm(realm);
  if (route == nullptr) return nullptr;
  const auto found = generation->by_id.find(route->tenant);
  const bool here = found != generation->by_id.end() && found->second->served_here();
  return here ? found->second : nullptr;
}

std::vector<std::shared_ptr<TenantContext>> Tenants::all() const {
  std::vector<std::shared_ptr<TenantContext>> tenants;
  const auto generation = now_.now();
  for (const auto& [id, tenant] : generation->by_id) tenants.push_back(tenant);
  return tenants;
}

std::shared_ptr<const tenancy::RouteTable> Tenants::routes() const { return now_.now()->routes; }

}  // namespace berth::context
