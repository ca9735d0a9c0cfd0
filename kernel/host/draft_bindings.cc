#include "kernel/host/draft_bindings.h"

#include "kernel/host/plugin_loading.h"
#include "kernel/plugins/bss_adapter.h"
#include "kernel/plugins/rating_adapter.h"
#include "kernel/plugins/registrar_adapter.h"

namespace berth::host {
namespace {

// The adapter that `make` puts over a new instance; null when there is no binding.
template <class Make>
auto start(plugins::Registry& registry, const std::optional<tenancy::PluginBinding>& binding,
           const TenantId& tenant, const char* slot, const plugins::Op& op, Make make)
    -> decltype(make(nullptr)) {
  if (!binding) return {nullptr};
  BERTH_TRY(instance, registry.instance(binding->library,
                                        instance_options(tenant.text(), slot, *binding), op));
  return make(std::move(instance));
}

}  // namespace

Result<DraftBindings> start_draft_bindings(plugins::Registry& registry,
                                           const tenancy::TenantConfiguration& tenant,
                                           const plugins::Op& op) {
  DraftBindings bindings;
  BERTH_TRY(registrar,
            start(registry, tenant.registrar, tenant.id, "registrar", op, plugins::make_registrar));
  bindings.registrar = std::move(registrar);
  BERTH_TRY(rating,
            start(registry, tenant.rating, tenant.id, "rating", op, plugins::make_rating_model));
  bindings.rating = std::move(rating);
  BERTH_TRY(bss, start(registry, tenant.bss, tenant.id, "bss", op, plugins::make_bss_connector));
  bindings.bss = std::move(bss);
  return bindings;
}

}  // namespace berth::host
