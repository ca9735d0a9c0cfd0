// What operators see of the bindings, and how they exchange what serves one.

#pragma once

#include <vector>

#include "kernel/api/operator_api.h"
#include "kernel/base/clock.h"
#include "kernel/base/published.h"
#include "kernel/plugins/bindings.h"
#include "kernel/tenancy/configuration.h"

namespace berth::host {

// Thread-safe. Borrows everything it is given.
class PluginDesk {
 public:
  PluginDesk(const tenancy::HostConfiguration& host,
             const Published<tenancy::TenantConfigurations>& tenants,
             const plugins::Bindings& bindings, ledger::HostLedger& ledger, const Clock& clock)
      : host_(host), tenants_(tenants), bindings_(bindings), ledger_(ledger), clock_(clock) {}

  // Every instance that serves or drains, in the order of the bindings.
  std::vector<api::PluginInstanceFacts> list() const;

  // Logged and audited on the host's chain, "plugin.swapped" or "plugin.swap_refused". Failures as
  // of Binding::swap; besides kNotFound "plugin.no_binding", kPermissionDenied
  // "plugin.watch_in_production" and "plugin.hsm_not_certified".
  Result<api::PluginSwapped> swap(const api::PluginSwap& wanted);

 private:
  Result<plugins::Binding*> find(const api::PluginSwap& wanted) const;
  Result<void> permitted(const api::PluginSwap& wanted) const;
  Result<api::PluginSwapped> exchange(plugins::Binding& binding, const api::PluginSwap& wanted);
  Result<void> record(const api::PluginSwap& wanted, const Result<api::PluginSwapped>& done);
  std::filesystem::path file_of(const std::string& tenant) const;

  const tenancy::HostConfiguration& host_;
  const Published<tenancy::TenantConfigurations>& tenants_;
  const plugins::Bindings& bindings_;
  ledger::HostLedger& ledger_;
  const Clock& clock_;
};

}  // namespace berth::host
