// What the host does with a tenant that moves to a host of its own. Thread-safe.

#pragma once

#include "kernel/api/tenant_move.h"
#include "kernel/host/tenant_runtime.h"
#include "kernel/smdpplus/es9_service.h"

namespace berth::host {

class Handovers final : public api::Handover {
 public:
  // All borrowed.
  struct Parts {
    const tenancy::Configuration& file;
    TenantFoundations foundations;
    const Published<TenantRuntimes>& runtimes;
    const routing::RouteBook& routes;
    smdpplus::Es9Service& es9;
    std::function<Result<std::function<void()>>()> certificates;  // what it answers shows them
  };
  explicit Handovers(Parts parts) : parts_(std::move(parts)) {}

  const tenancy::Configuration& configuration() const override { return parts_.file; }
  std::shared_ptr<const routing::Policies> policies() const override {
    return parts_.routes.policies();
  }
  plugins::Op op() const override;
  void write_counts(context::TenantContext& tenant) override {
    parts_.es9.housekeeping(tenant, true);
  }
  Result<void> show_certificates() override;
  Result<void> wrap_keys_for(const TenantId& tenant, const tenancy::PluginBinding& hsm,
                             const std::string& wrapping_key) override;
  Result<std::unique_ptr<plugins::ObjectStore>> open_store(
      const TenantId& tenant, const tenancy::PluginBinding& store) override;

 private:
  const Parts parts_;
};

}  // namespace berth::host
