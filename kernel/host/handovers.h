// What the host does with a tenant that moves to a host of its own. Thread-safe.

#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "kernel/api/tenant_move.h"
#include "kernel/host/tenant_runtime.h"
#include "kernel/routing/route_book.h"
#include "kernel/smdpplus/es9_service.h"

namespace berth::host {

class Handovers final : public api::Handover {
 public:
  // All borrowed.
  struct Parts {
    const tenancy::Configuration& file;
    TenantFoundations foundations;
    const std::map<TenantId, std::unique_ptr<TenantRuntime>>& runtimes;
    context::Tenants& tenants;
    std::shared_ptr<const routing::Policies> policies;
    smdpplus::Es9Service& es9;
    // The door's certificates of the tenants that are served; what it answers shows them.
    std::function<Result<std::function<void()>>()> certificates;
  };
  explicit Handovers(Parts parts) : parts_(std::move(parts)) {}

  const tenancy::Configuration& configuration() const override { return parts_.file; }
  plugins::Op op() const override;
  Result<void> close(const TenantId& tenant) override;
  Result<void> reopen(const TenantId& tenant) override;
  Result<void> wrap_keys_for(const TenantId& tenant, const tenancy::PluginBinding& hsm,
                             const std::string& wrapping_key) override;
  Result<std::unique_ptr<plugins::ObjectStore>> open_store(
      const TenantId& tenant, const tenancy::PluginBinding& store) override;

 private:
  const Parts parts_;
  std::mutex mutex_;
  std::map<TenantId, std::shared_ptr<context::TenantContext>> closed_;
};

}  // namespace berth::host
