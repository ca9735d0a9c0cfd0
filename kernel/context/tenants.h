// Every tenant's context, found by id or by the realm a device connected to.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "kernel/base/published.h"
#include "kernel/context/tenant_context.h"

namespace berth::context {

// Filled by the host program before the doors open; a tenant may come or go later. Every change is
// of the whole, so that whoever holds a context goes on with the routes it was made with, and no
// request sees a mix of two tables (R52). Thread-safe.
class Tenants {
 public:
  explicit Tenants(std::shared_ptr<const tenancy::RouteTable> routes);
  void add(std::unique_ptr<TenantContext> tenant);
  // The tenant is found no more; who holds its context goes on with it. Null: it was not there.
  std::shared_ptr<TenantContext> remove(const TenantId& id);
  // Every tenant under another table; `policies` as of TenantContext::Parts. Each of them has a
  // route there.
  void reroute(const std::shared_ptr<const tenancy::RouteTable>& routes,
               const std::shared_ptr<const std::map<TenantId, tenancy::EidPolicy>>& policies);
  // To be kept while a request is answered; nullptr when there is none.
  std::shared_ptr<TenantContext> find(const TenantId& id) const;
  // Of those this host serves itself.
  std::shared_ptr<TenantContext> by_realm(const HostName& realm) const;
  std::vector<std::shared_ptr<TenantContext>> all() const;
  std::shared_ptr<const tenancy::RouteTable> routes() const;

 private:
  // What one table's tenants are.
  struct Generation {
    std::shared_ptr<const tenancy::RouteTable> routes;
    std::map<TenantId, std::shared_ptr<TenantContext>> by_id;
  };
  void become(Generation next) { now_.become(std::make_shared<const Generation>(std::move(next))); }

  std::mutex changing_;  // one change at a time
  Published<Generation> now_;
};

}  // namespace berth::context
