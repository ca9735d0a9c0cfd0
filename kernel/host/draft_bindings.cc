#include "kernel/host/draft_bindings.h"

#include "kernel/host/plugin_loading.h"

namespace berth::host {
namespace {

// Leaves `front` null when there is no binding.
template <class Front>
Result<void> start(std::unique_ptr<Front>& front, plugins::Registry& registry,
                   const TenantId& tenant, const char* slot,
                   const std::optional<tenancy::PluginBinding>& binding, const plugins::Op& op) {
  if (!binding) return {};
  BERTH_TRY(started, Front::start(registry, binding_options(tenant.text(), slot, *binding), op));
  front = std::move(started);
  return {};
}

}  // namespace

Result<DraftBindings> start_draft_bindings(plugins::Registry& registry,
                                           const tenancy::TenantConfiguration& tenant,
                                           const plugins::Op& op) {
  DraftBindings drafts;
  BERTH_TRY_VOID(start(drafts.registrar, registry, tenant.id, "registrar", tenant.registrar, op));
  BERTH_TRY_VOID(start(drafts.rating, registry, tenant.id, "rating", tenant.rating, op));
  BERTH_TRY_VOID(start(drafts.bss, registry, tenant.id, "bss", tenant.bss, op));
  return drafts;
}

void DraftBindings::add_to(plugins::Bindings& bindings) const {
  if (registrar != nullptr) bindings.add(*registrar);
  if (rating != nullptr) bindings.add(*rating);
  if (bss != nullptr) bindings.add(*bss);
}

}  // namespace berth::host
