// How a host opens its tenants: all at the start, and another one while it serves.

#include <spdlog/spdlog.h>

#include <algorithm>

#include "kernel/host/host.h"
#include "kernel/smdpplus/drafts.h"
#include "kernel/smdpplus/progress_transport.h"

namespace berth::host {
namespace {

using tenancy::TenantConfiguration;

Error refused(std::string_view reason, std::string message) {
  return {ErrorCode::kFailedPrecondition, reason, std::move(message)};
}

bool has_left(const std::vector<TenantId>& leaving, const TenantId& id) {
  return std::find(leaving.begin(), leaving.end(), id) != leaving.end();
}

// A host of its own serves it: here is its route alone.
bool has_own_host(const TenantConfiguration& tenant) {
  return tenant.place.topology == tenancy::Topology::kDedicated;
}

}  // namespace

Result<void> Host::open_tenants() {
  BERTH_TRY(routes, open_routes());
  tenants_ = std::make_unique<context::Tenants>(routes);
  traffic_ = std::make_unique<routing::RealmTraffic>(*ledger_, clock_);
  const tenancy::IngressLimits& limits = configuration_.host.limits;
  places_.reset(new context::SharedPlaces{FairSlots(limits.worker_threads),
                                          FairSlots(limits.notification_threads),
                                          FairSlots(keys_->hsm().max_concurrency())});
  add_host_bindings();
  BERTH_TRY(leaving, api::leaving_tenants(*ledger_));
  for (const auto& [id, tenant] : configuration_.tenants) {
    if (has_left(leaving, id)) continue;
    // Of a partner's tenant we keep what its SM-DP+ tells us.
    if (has_own_host(tenant)) continue;
    BERTH_TRY(started, start_tenant(foundations(), tenant));
    TenantRuntime& runtime = runtimes_.add(id, std::move(started));
    add_bindings(id, runtime);
    tenants_->add(context_of(tenant, runtime, routes, routes_->policies()));
  }
  // Before the doors: whom a tenant serves is decided by where it stands.
  return api::TenantLife(*ledger_, *tenants_,
                         configuration_.host.profile == tenancy::Profile::kProduction)
      .refresh();
}

std::unique_ptr<context::TenantContext> Host::context_of(
    const TenantConfiguration& tenant, TenantRuntime& runtime,
    std::shared_ptr<const tenancy::RouteTable> routes,
    std::shared_ptr<const routing::Policies> policies) {
  const tenancy::Route& route = *routes->by_tenant(tenant.id);
  return std::make_unique<context::TenantContext>(
      context::TenantContext::Parts{.configuration = tenant,
                                    .route = route,
                                    .routes = std::move(routes),
                                    .policies = std::move(policies),
                                    .ledger = *runtime.ledger,
                                    .vault = *runtime.vault,
                                    .hsm = *runtime.hsm,
                                    .identities = *identities_,
                                    .identity_hsm = *runtime.identity_hsm,
                                    .clock = clock_,
                                    .random = random_,
                                    .registrar = runtime.drafts.registrar.get(),
                                    .rating = runtime.drafts.rating.get(),
                                    .bss = runtime.drafts.bss.get(),
                                    .limits = runtime.limits});
}

// Who may be asked to take over a binding, and what it must be able to do first: an HSM opens the
// vaults that rest on it, a store has the packages. Nothing rests on an hsmNext yet but the keys
// that are open there; what was wrapped for another one is wrapped anew.
void Host::add_host_bindings() {
  bindings_.add(keys_->hsm());
  keys_->hsm().accept_only([this](plugins::Hsm& candidate, const plugins::Op& op) -> Result<void> {
    for (const auto& [id, runtime] : runtimes_.all()) {
      if (runtime->own_hsm != nullptr) continue;
      BERTH_TRY_VOID(check_vault(*runtime, id, configuration_.host.key_encryption_key, candidate,
                                 random_, op));
    }
    return {};
  });
  if (keys_->next() != nullptr) bindings_.add(*keys_->next());
}

void Host::add_bindings(const TenantId& id, TenantRuntime& runtime) {
  if (runtime.own_hsm != nullptr) {
    bindings_.add(*runtime.own_hsm);
    runtime.own_hsm->accept_only(
        [this, id, &runtime](plugins::Hsm& candidate, const plugins::Op& op) {
          return check_vault(runtime, id, configuration_.host.key_encryption_key, candidate,
                             random_, op);
        });
  }
  if (runtime.own_next != nullptr) bindings_.add(*runtime.own_next);
  bindings_.add(*runtime.store);
  runtime.store->accept_only([&runtime](plugins::ObjectStore& candidate, const plugins::Op& op) {
    return check_packages(runtime, candidate, op);
  });
  runtime.drafts.add_to(bindings_);
}

// The files are read as the next start will read them, and of them the new tenant's is taken.
Result<TenantConfiguration> Host::read_new_tenant(const TenantId& id) const {
  const std::filesystem::path& source = configuration_.host.source;
  if (tenant_files_.now()->contains(id)) {
    return refused("tenant.known",
                   "this host has '" + id.text() +
                       "' already; what else changed in its file is read at the next start (plugin "
                       "swap, tls reload and tenant limits change the rest while it serves)");
  }
  BERTH_TRY(leaving, api::leaving_tenants(*ledger_));
  if (has_left(leaving, id)) {
    return refused("tenant.left", "'" + id.text() +
                                      "' has left this host, or is leaving, for good; give the "
                                      "new tenant an id of its own");
  }
  BERTH_TRY(loaded, tenancy::load_configuration(source));
  const auto found = loaded.tenants.find(id);
  if (found == loaded.tenants.end()) {
    return Error(ErrorCode::kNotFound, "tenant.no_file",
                 "no tenant file that " + source.string() + " names says tenantId '" + id.text() +
                     "'; write it there (berthctl tenant onboard does) and add the tenant again");
  }
  if (loaded.host.profile != configuration_.host.profile) {
    return refused("tenant.profile_changed",
                   source.string() +
                       ": profile: is another one than this host runs with; a tenant is taken in "
                       "by the rules of both: restart the host first, or put the member back");
  }
  return std::move(found->second);
}

// Could it be served under the routes in force? What is answered shows its certificates.
Result<std::function<void()>> Host::prepare_addition(const TenantConfiguration& tenant) const {
  const auto table = routes_->table();
  const std::string version =
      "version " + std::to_string(routes_->in_force().number) + " of the routes";
  if (table->by_tenant(tenant.id) == nullptr) {
    return refused("tenant.no_route",
                   version + ", which is in force, has no route for '" + tenant.id.text() +
                       "'; put one into force (berthctl route apply " +
                       configuration_.host.routes.string() +
                       "; in production another person approves it), then add the tenant again");
  }
  BERTH_TRY_VOID(tenancy::check_routes({{tenant.id, tenant}}, *table, version));
  return es9_listener_->prepare(realm_certificates(*table, &tenant));
}

Result<api::TenantAddition> Host::add_tenant(const TenantId& id) {
  const std::lock_guard one_at_a_time(adding_);
  BERTH_TRY(tenant, read_new_tenant(id));
  // Before anything is opened that stays, and once more when nothing can change it any more.
  BERTH_TRY(shown_if_kept, prepare_addition(tenant));
  static_cast<void>(shown_if_kept);
  BERTH_TRY(transport, smdpplus::https_report_transport(tenant));
  std::unique_ptr<TenantRuntime> runtime;
  if (!has_own_host(tenant)) {
    BERTH_TRY(started, start_tenant(foundations(), tenant));
    runtime = std::move(started);
  }
  const auto version_stays = routes_->hold();
  BERTH_TRY(show, prepare_addition(tenant));
  auto files = std::make_shared<tenancy::TenantConfigurations>(*tenant_files_.now());
  files->emplace(id, tenant);
  auto policies = std::make_shared<routing::Policies>(*routes_->policies());
  policies->emplace(id, tenant.eid_policy);
  std::unique_ptr<context::TenantContext> context;
  if (runtime != nullptr) {
    context = context_of(tenant, *runtime, routes_->table(), policies);
    // Nobody is served before it is known whom.
    const api::TenantLife life(*ledger_, *tenants_,
                               configuration_.host.profile == tenancy::Profile::kProduction);
    BERTH_TRY(facts, life.facts(*context));
    context->set_standing(facts.standing);
  }
  api::TenantAddition added{tenant.source.string(), tenant.place.topology,
                            configuration_.host.door.has_value()};
  BERTH_TRY_VOID(ledger_->audit(
      {"tenant.added",
       {ledger::SubjectKind::kTenant, id.text()},
       smdpplus::details_json({{"file", added.file},
                               {"topology", std::string(to_string(added.topology))},
                               {"routes", std::to_string(routes_->in_force().number)}})}));
  // From here on nothing fails.
  tenant_files_.become(std::move(files));
  routes_->know(policies);
  tenants_->reroute(routes_->table(), policies);
  if (runtime != nullptr) {
    add_bindings(id, runtimes_.add(id, std::move(runtime)));
    tenants_->add(std::move(context));
    if (tenant.progress) reports_->add(tenants_->find(id), std::move(transport));
  }
  show();
  spdlog::info("tenant={} added while the host serves", id.text());
  return added;
}

}  // namespace berth::host
