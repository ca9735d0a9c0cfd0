// What the host does with a tenant that leaves. Thread-safe.

#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "kernel/api/tenant_exit.h"
#include "kernel/base/published.h"
#include "kernel/host/tenant_runtime.h"
#include "kernel/smdpplus/sessions.h"

namespace berth::host {

class Departures final : public api::Departure {
 public:
  using Runtimes = std::map<TenantId, std::unique_ptr<TenantRuntime>>;
  // All borrowed.
  struct Parts {
    const tenancy::Configuration& configuration;
    TenantFoundations foundations;
    const Published<TenantRuntimes>& runtimes;
    context::Tenants& tenants;
    smdpplus::SessionStore& sessions;
  };
  explicit Departures(Parts parts) : parts_(std::move(parts)) {}

  std::filesystem::path folder(const TenantId& tenant) override;
  Result<std::size_t> sessions(const TenantId& tenant) override;
  Result<void> close(const TenantId& tenant) override;
  Result<api::TenantSecrets> secrets(const TenantId& tenant) override;
  Result<void> destroy_keys(const TenantId& tenant) override;
  Result<void> remove_objects(const TenantId& tenant) override;
  Result<ledger::TenantHead> erase_rows(const TenantId& tenant) override;

 private:
  // kFailedPrecondition "exit.no_tenant_file" after a restart without the tenant's file.
  Result<TenantRuntime*> remains(const TenantId& tenant);
  plugins::Op op() const;

  const Parts parts_;
  std::mutex mutex_;  // of the map
  Runtimes opened_;   // of tenants that the host, started anew, does not serve any more
};

}  // namespace berth::host
