#include "kernel/host/handovers.h"

#include "kernel/host/plugin_loading.h"

namespace berth::host {
namespace {

constexpr std::chrono::seconds kDeadline{30};
}  // namespace

plugins::Op Handovers::op() const {
  return {"move", "", parts_.foundations.clock.monotonic() + kDeadline};
}

Result<void> Handovers::show_certificates() {
  BERTH_TRY(show, parts_.certificates());
  show();
  return {};
}

Result<void> Handovers::wrap_keys_for(const TenantId& tenant, const tenancy::PluginBinding& hsm,
                                      const std::string& wrapping_key) {
  const auto runtimes = parts_.runtimes.now();
  const auto runtime = runtimes->find(tenant);
  BERTH_ASSERT(runtime != runtimes->end());  // it was served
  TenantWrapping wrapping = runtime->second->wrapping;
  if (wrapping.next_hsm != nullptr) {
    return Error(ErrorCode::kFailedPrecondition, "move.key_change",
                 "a change of HSM or wrapping key is configured here (hsmNext, "
                 "keyEncryptionKeyNext); end it first");
  }
  BERTH_TRY(next, bind_hsm(parts_.foundations.registry, hsm, tenant.text(), "hsmOfMove",
                           parts_.file.host.profile, op()));
  wrapping.next_hsm = next.get();
  wrapping.next_kek = wrapping_key;
  BERTH_TRY(keys, rewrap_data_keys({*runtime->second->ledger, wrapping, parts_.foundations.random},
                                   op()));
  static_cast<void>(keys);
  return {};
}

Result<std::unique_ptr<plugins::ObjectStore>> Handovers::open_store(
    const TenantId& tenant, const tenancy::PluginBinding& store) {
  BERTH_TRY(live, plugins::LiveObjectStore::start(
                      parts_.foundations.registry,
                      binding_options(tenant.text(), "storageOfMove", store), op()));
  return std::unique_ptr<plugins::ObjectStore>(std::move(live));
}

}  // namespace berth::host
