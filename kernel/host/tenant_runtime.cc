#include "kernel/host/tenant_runtime.h"

#include "kernel/host/plugin_loading.h"

namespace berth::host {
namespace {

constexpr std::chrono::seconds kStartDeadline{30};

plugins::Op start_op(const TenantFoundations& foundations, const TenantId& tenant) {
  return {"start-" + tenant.text(), "", foundations.clock.monotonic() + kStartDeadline};
}

// The tenant's data keys, with a first one made and recorded when there are none.
Result<std::vector<vault::WrappedDataKey>> data_keys(const TenantFoundations& foundations,
                                                     const TenantId& tenant,
                                                     ledger::TenantLedger& ledger,
                                                     plugins::Hsm& hsm, const plugins::Op& op) {
  BERTH_TRY(keys, wrapped_data_keys(ledger));
  if (!keys.empty()) return std::move(keys);
  BERTH_TRY(key, vault::create_data_key(hsm, op, foundations.configuration.key_encryption_key,
                                        tenant, 1, foundations.random));
  ledger::Unit unit;
  unit.commit_id = to_hex(foundations.random.bytes(16));
  unit.changes = {ledger::InsertDataKey{{key.key_id, key.wrapped, foundations.clock.now_ms()}}};
  unit.audit = {
      "vault.data_key_created", {ledger::SubjectKind::kTenant, tenant.text()}, R"({"keyId":"1"})"};
  const ledger::Outcome outcome = ledger.commit(std::move(unit));
  if (!std::holds_alternative<ledger::Committed>(outcome)) {
    return Error(ErrorCode::kUnavailable, "vault.data_key_not_recorded",
                 "the tenant's first data key could not be recorded; start again");
  }
  keys.push_back(std::move(key));
  return std::move(keys);
}

// The tenant's HSM and the one that comes next: its own, or the host's.
Result<void> bind_hsms(const TenantFoundations& foundations,
                       const tenancy::TenantConfiguration& tenant, TenantRuntime& runtime,
                       const plugins::Op& op) {
  const tenancy::HostConfiguration& host = foundations.configuration;
  const auto bind = [&](const tenancy::PluginBinding& binding, const char* slot) {
    return bind_hsm(foundations.registry, binding, tenant.id.text(), slot, host.profile, op);
  };
  TenantWrapping& wrapping = runtime.wrapping;
  wrapping.hsm = &foundations.host_keys.hsm();
  wrapping.kek = host.key_encryption_key;
  wrapping.next_hsm = tenant.hsm ? nullptr : foundations.host_keys.next();
  wrapping.next_kek =
      host.key_encryption_key_next.empty() ? wrapping.kek : host.key_encryption_key_next;
  if (tenant.hsm) {
    BERTH_TRY(own, bind(*tenant.hsm, "hsm"));
    runtime.own_hsm = std::move(own);
    wrapping.hsm = runtime.own_hsm.get();
  }
  if (tenant.hsm_next) {
    BERTH_TRY(next, bind(*tenant.hsm_next, "hsmNext"));
    runtime.own_next = std::move(next);
    wrapping.next_hsm = runtime.own_next.get();
  }
  // Another wrapping key in the same HSM.
  if (wrapping.next_hsm == nullptr && wrapping.next_kek != wrapping.kek) {
    wrapping.next_hsm = wrapping.hsm;
  }
  return {};
}

void limit_hsms(const TenantFoundations& foundations, const tenancy::TenantConfiguration& tenant,
                TenantRuntime& runtime) {
  using Whose = context::LimitedHsm::Whose;
  runtime.limits =
      std::make_shared<context::TenantLimits>(tenant.limits, foundations.clock, foundations.places);
  runtime.hsm = std::make_unique<context::LimitedHsm>(
      *runtime.wrapping.hsm, runtime.own_hsm != nullptr ? Whose::kTenants : Whose::kHosts,
      *runtime.limits, foundations.clock);
  runtime.identity_hsm = std::make_unique<context::LimitedHsm>(
      foundations.host_keys.identity_hsm(), Whose::kHosts, *runtime.limits, foundations.clock);
}

// Its store and its ledger; in this order, so that a plugin that does not start leaves nothing.
Result<void> open_remains(const TenantFoundations& foundations,
                          const tenancy::TenantConfiguration& tenant, TenantRuntime& runtime,
                          const plugins::Op& op) {
  const tenancy::PluginBinding& storage =
      tenant.storage ? *tenant.storage : foundations.configuration.storage;
  BERTH_TRY(store,
            plugins::LiveObjectStore::start(
                foundations.registry, binding_options(tenant.id.text(), "storage", storage), op));
  runtime.store = std::move(store);
  BERTH_TRY(opened, foundations.ledger.open_tenant(tenant.id));
  runtime.ledger = std::move(opened);
  return {};
}

Result<std::unique_ptr<TenantRuntime>> start(const TenantFoundations& foundations,
                                             const tenancy::TenantConfiguration& tenant) {
  const plugins::Op op = start_op(foundations, tenant.id);
  auto runtime = std::make_unique<TenantRuntime>();
  BERTH_TRY_VOID(bind_hsms(foundations, tenant, *runtime, op));
  BERTH_TRY(drafts, start_draft_bindings(foundations.registry, tenant, op));
  runtime->drafts = std::move(drafts);
  BERTH_TRY_VOID(open_remains(foundations, tenant, *runtime, op));
  plugins::Hsm& hsm = *runtime->wrapping.hsm;
  BERTH_TRY(keys, data_keys(foundations, tenant.id, *runtime->ledger, hsm, op));
  BERTH_TRY(vault,
            vault::Vault::open(tenant.id, hsm, op, foundations.configuration.key_encryption_key,
                               keys, *runtime->store, foundations.random));
  runtime->vault = std::move(vault);
  limit_hsms(foundations, tenant, *runtime);
  return runtime;
}

}  // namespace

Result<std::unique_ptr<TenantRuntime>> start_tenant(const TenantFoundations& foundations,
                                                    const tenancy::TenantConfiguration& tenant) {
  auto runtime = start(foundations, tenant);
  if (!runtime) return std::move(runtime).error().within("tenant " + tenant.id.text());
  return runtime;
}

Result<std::unique_ptr<TenantRuntime>> start_remains(const TenantFoundations& foundations,
                                                     const tenancy::TenantConfiguration& tenant) {
  auto runtime = std::make_unique<TenantRuntime>();
  auto opened = open_remains(foundations, tenant, *runtime, start_op(foundations, tenant.id));
  if (!opened) return std::move(opened).error().within("tenant " + tenant.id.text());
  runtime->departed = true;
  return runtime;
}

Result<void> check_vault(const TenantRuntime& runtime, const TenantId& tenant,
                         std::string_view key_encryption_key, plugins::Hsm& hsm, Random& random,
                         const plugins::Op& op) {
  if (runtime.departed) return {};
  BERTH_TRY(keys, wrapped_data_keys(*runtime.ledger));
  auto opened =
      vault::Vault::open(tenant, hsm, op, key_encryption_key, keys, *runtime.store, random);
  if (!opened) return std::move(opened).error().within("tenant " + tenant.text());
  return {};
}

Result<void> check_packages(const TenantRuntime& runtime, plugins::ObjectStore& store,
                            const plugins::Op& op) {
  if (runtime.departed) return {};
  BERTH_TRY(stock, runtime.ledger->profiles("", 1));
  if (stock.empty()) return {};
  BERTH_TRY_VOID(store.stat(op, stock.front().package.object_name));
  return {};
}

}  // namespace berth::host
