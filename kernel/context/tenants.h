// Every tenant's context, found by id or by the realm a device connected to.

#pragma once

#include <functional>
#include <map>
#include <memory>

#include "kernel/context/tenant_context.h"

namespace berth::context {

// Filled once by the host program before the doors open; immutable and thread-safe after that.
class Tenants {
 public:
  explicit Tenants(std::shared_ptr<const tenancy::RouteTable> routes)
      : routes_(std::move(routes)) {}
  void add(std::unique_ptr<TenantContext> tenant);
  // Borrowed; nullptr when there is none.
  TenantContext* find(const TenantId& id) const;
  TenantContext* by_realm(const HostName& realm) const;
  std::vector<TenantContext*> all() const;

 private:
  std::shared_ptr<const tenancy::RouteTable> routes_;
  std::map<TenantId, std::unique_ptr<TenantContext>> by_id_;
};

}  // namespace berth::context
