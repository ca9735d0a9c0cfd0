#include "kernel/api/closed_tenants.h"

#include <thread>

#include "kernel/api/tenant_move.h"

namespace berth::api {
namespace {

// For requests and background work that have the tenant's context.
constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::milliseconds kLook{10};

}  // namespace

// Under the routes and policies of now, also when they become others meanwhile.
void ClosedTenants::put_back(const context::TenantContext& tenant) {
  std::shared_ptr<const tenancy::RouteTable> routes;
  std::shared_ptr<const routing::Policies> policies;
  do {
    routes = tenants_.routes();
    policies = handover_.policies();
    tenants_.remove(tenant.id());
    tenants_.add(std::make_unique<context::TenantContext>(tenant, routes, policies));
  } while (tenants_.routes() != routes || handover_.policies() != policies);
}

Result<void> ClosedTenants::close(const TenantId& tenant) {
  std::shared_ptr<context::TenantContext> held = tenants_.remove(tenant);
  if (held == nullptr) {
    return Error(ErrorCode::kFailedPrecondition, "move.step", "the tenant is not served here");
  }
  const auto alone = [&held] { return held.use_count() == 1 && held->holders() == 1; };
  for (auto waited = std::chrono::nanoseconds(0); !alone() && waited < kPatience; waited += kLook) {
    std::this_thread::sleep_for(kLook);
  }
  if (!alone()) {
    put_back(*held);
    return Error(ErrorCode::kFailedPrecondition, "move.busy",
                 "a request of the tenant's is still being answered; try again");
  }
  handover_.write_counts(*held);
  const std::lock_guard lock(mutex_);
  closed_[tenant] = std::move(held);
  return {};
}

Result<void> ClosedTenants::reopen(const TenantId& tenant) {
  const std::lock_guard lock(mutex_);
  const auto found = closed_.find(tenant);
  if (found == closed_.end()) return {};  // it is served
  put_back(*found->second);
  closed_.erase(found);
  return handover_.show_certificates();
}

}  // namespace berth::api
