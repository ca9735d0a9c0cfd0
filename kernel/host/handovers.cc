#include "kernel/host/handovers.h"

#include <thread>

#include "kernel/host/plugin_loading.h"

namespace berth::host {
namespace {

constexpr std::chrono::seconds kDeadline{30};
// For requests and background work that have the tenant's context.
constexpr std::chrono::seconds kPatience{20};
constexpr std::chrono::milliseconds kLook{10};

}  // namespace

plugins::Op Handovers::op() const {
  return {"move", "", parts_.foundations.clock.monotonic() + kDeadline};
}

Result<void> Handovers::close(const TenantId& tenant) {
  std::shared_ptr<context::TenantContext> held = parts_.tenants.remove(tenant);
  if (held == nullptr) {
    return Error(ErrorCode::kFailedPrecondition, "move.step", "the tenant is not served here");
  }
  const std::lock_guard lock(mutex_);
  closed_[tenant] = held;
  const auto alone = [&held] { return held.use_count() == 2 && held->holders() == 1; };
  for (auto waited = std::chrono::nanoseconds(0); !alone() && waited < kPatience; waited += kLook) {
    std::this_thread::sleep_for(kLook);
  }
  if (alone()) {
    parts_.es9.housekeeping(*held, true);  // what was counted in memory is its history, too
    return {};
  }
  parts_.tenants.add(
      std::make_unique<context::TenantContext>(*held, parts_.tenants.routes(), parts_.policies));
  closed_.erase(tenant);
  return Error(ErrorCode::kUnavailable, "move.busy",
               "a request of the tenant's is still being answered; try again");
}

Result<void> Handovers::reopen(const TenantId& tenant) {
  const std::lock_guard lock(mutex_);
  const auto found = closed_.find(tenant);
  if (found == closed_.end()) return {};  // it is served
  // The routes may be others by now.
  parts_.tenants.add(std::make_unique<context::TenantContext>(
      *found->second, parts_.tenants.routes(), parts_.policies));
  closed_.erase(found);
  BERTH_TRY(show, parts_.certificates());
  show();
  return {};
}

Result<void> Handovers::wrap_keys_for(const TenantId& tenant, const tenancy::PluginBinding& hsm,
                                      const std::string& wrapping_key) {
  const auto runtime = parts_.runtimes.find(tenant);
  BERTH_ASSERT(runtime != parts_.runtimes.end());  // it was served
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
