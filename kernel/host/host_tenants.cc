// How a host opens its tenants: all at the start, and another one while it serves.

#include <spdlog/spdlog.h>

#include <algorithm>

#include "kernel/api/tenant_addition.h"
#include "kernel/host/host.h"
#include "kernel/smdpplus/progress_transport.h"

namespace berth::host {
namespace {

using tenancy::TenantConfiguration;

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
  BERTH_TRY(away, api::tenants_away(*ledger_, configuration_));
  for (const TenantId& id : away) {
    spdlog::warn("tenant={} is not opened here: it moved, or is yet to come", id.text());
    leaving.push_back(id);
  }
  const auto files = tenant_files_.now();
  auto runtimes = std::make_shared<TenantRuntimes>();
  for (const auto& [id, tenant] : *files) {
    if (std::find(leaving.begin(), leaving.end(), id) != leaving.end()) continue;
    // Of a partner's tenant we keep what its SM-DP+ tells us.
    if (has_own_host(tenant)) continue;
    BERTH_TRY(started, start_tenant(foundations(), tenant));
    TenantRuntime& runtime = *runtimes->emplace(id, std::move(started)).first->second;
    add_bindings(id, runtime);
    tenants_->add(context_of(tenant, runtime));
  }
  runtimes_.become(std::move(runtimes));
  // Before the doors: whom a tenant serves is decided by where it stands.
  return api::TenantLife(*ledger_, *tenants_, in_production()).refresh();
}

std::unique_ptr<context::TenantContext> Host::context_of(const TenantConfiguration& tenant,
                                                         TenantRuntime& runtime) {
  const auto routes = tenants_->routes();
  return std::make_unique<context::TenantContext>(
      context::TenantContext::Parts{.configuration = tenant,
                                    .route = *routes->by_tenant(tenant.id),
                                    .routes = routes,
                                    .policies = routes_->policies(),
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
    const auto runtimes = runtimes_.now();
    for (const auto& [id, runtime] : *runtimes) {
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

Result<api::TenantAddition> Host::add_tenant(const TenantId& id) {
  const tenancy::HostConfiguration& host = configuration_.host;
  const std::lock_guard one_at_a_time(adding_);
  BERTH_TRY(read, api::read_with_tenant(host, *tenant_files_.now(), *ledger_, id));
  const TenantConfiguration& tenant = read.tenants.at(id);
  // What can be asked before anything is opened is asked here, too: nothing shall be left behind.
  auto version_stays = routes_->hold();
  BERTH_TRY_VOID(api::check_routed(*routes_, tenant, host.routes));
  BERTH_TRY_VOID(es9_listener_->prepare(realm_certificates(*routes_->table(), &tenant)));
  version_stays.unlock();  // plugins may take long to start
  BERTH_TRY(transport, smdpplus::https_report_transport(tenant));
  std::shared_ptr<TenantRuntime> runtime;
  if (!has_own_host(tenant)) {
    BERTH_TRY(started, start_tenant(foundations(), tenant));
    runtime = std::move(started);
  }
  // All of what follows or nothing, under one version of the routes.
  version_stays.lock();
  const auto table = routes_->table();
  BERTH_TRY_VOID(api::check_routed(*routes_, tenant, host.routes));
  BERTH_TRY(show, es9_listener_->prepare(realm_certificates(*table, &tenant)));
  auto files = std::make_shared<tenancy::TenantConfigurations>(*tenant_files_.now());
  files->emplace(id, tenant);
  auto policies = std::make_shared<routing::Policies>(*routes_->policies());
  policies->insert_or_assign(id, tenant.eid_policy);
  auto runtimes = std::make_shared<TenantRuntimes>(*runtimes_.now());
  std::unique_ptr<context::TenantContext> context;
  if (runtime != nullptr) {
    runtimes->emplace(id, runtime);
    context = context_of(tenant, *runtime);
    // Nobody is served before it is known whom.
    BERTH_TRY(facts, api::TenantLife(*ledger_, *tenants_, in_production()).facts(*context));
    context->set_standing(facts.standing);
  }
  const api::TenantAddition added{tenant.source.string(), tenant.place.topology,
                                  host.door.has_value()};
  const std::int64_t version = routes_->in_force().number;
  BERTH_TRY_VOID(ledger_->audit(api::addition_record(id, added, version)));
  // From here on nothing fails. The door shows the name last, when everything is there for it.
  tenant_files_.become(std::move(files));
  runtimes_.become(std::move(runtimes));
  routes_->know(policies);
  if (context != nullptr) {
    add_bindings(id, *runtime);
    tenants_->add(std::move(context));
    if (tenant.progress) reports_->add(tenants_->find(id), std::move(transport));
  }
  tenants_->reroute(table, policies);  // each goes by the new one's policy from now on
  show();
  spdlog::info("tenant={} added while the host serves", id.text());
  return added;
}

}  // namespace berth::host
