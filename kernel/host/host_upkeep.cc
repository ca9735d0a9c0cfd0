// What of a host is changed and watched while it serves: routes, certificates, limits, alarms.

#include <spdlog/spdlog.h>

#include "kernel/host/host.h"
#include "kernel/routing/replaced_file.h"
#include "kernel/smdpplus/drafts.h"

namespace berth::host {
namespace {

constexpr mode_t kRoutesMode = 0640;  // the door's group reads them

// Served with the realm's certificates, besides it.
std::vector<HostName> other_names(const tenancy::Route& route) {
  std::vector<HostName> names = route.further_realms;
  names.insert(names.end(), route.former_realms.begin(), route.former_realms.end());
  return names;
}

}  // namespace

std::vector<ingress::RealmCertificate> Host::realm_certificates(
    const tenancy::RouteTable& routes, const tenancy::TenantConfiguration* another) const {
  std::vector<ingress::RealmCertificate> realms;
  const auto add = [&](const tenancy::TenantConfiguration& tenant) {
    if (tenant.place.topology != tenancy::Topology::kShared) return;
    const tenancy::Route* route = routes.by_tenant(tenant.id);
    BERTH_ASSERT(route != nullptr);  // checked with the table
    realms.push_back({route->activation_realm, tenant.tls, tenant.tls_alternatives,
                      other_names(*route), tenant.id.text()});
  };
  for (const auto& tenant : tenants_->all()) add(tenant->configuration());
  if (another != nullptr) add(*another);
  return realms;
}

// The certificates' files are read anew, so that one renewed for a new name comes with the name.
Result<std::function<void()>> Host::prepare_routes(
    std::shared_ptr<const tenancy::RouteTable> table) {
  BERTH_TRY(show, es9_listener_->prepare(realm_certificates(*table)));
  return std::function<void()>([this, table = std::move(table), show = std::move(show)] {
    // In this order a new name is nobody's until everything is there for it. Handshakes in between
    // go by the old names, and requests by the one table or the other, for the handshake's tenant.
    tenants_->reroute(table, routes_->policies());
    show();
  });
}

void Host::write_routes() {
  const auto& door = configuration_.host.door;
  if (!door || door->signed_routes.empty()) return;
  auto text = routes_->in_force_file();
  const auto written = text ? routing::replace_file(door->signed_routes, *text, kRoutesMode)
                            : Result<void>(std::move(text).error());
  routes_unwritten_ = !written.ok();
  if (written) return;
  spdlog::error("the door goes on with the routes it has: {} [{}]", written.error().message(),
                written.error().reason());
}

// What another node has put into force.
void Host::follow_routes() {
  if (routes_unwritten_) {
    const auto version_stays = routes_->hold();
    write_routes();
  }
  const auto followed = routes_->follow();
  if (!followed) {
    spdlog::error("routes: {} [{}]", followed.error().message(), followed.error().reason());
  } else if (*followed) {
    spdlog::info("routes version {} is in force", routes_->in_force().number);
  }
}

Result<std::vector<ingress::ServedCertificate>> Host::reload_certificates() {
  const auto names_stay = routes_->hold();
  // Every door's are read before any is taken up.
  std::vector<std::function<void()>> ready;
  const auto prepare = [&ready](
                           ingress::TlsListener& door,
                           const std::vector<ingress::RealmCertificate>& realms) -> Result<void> {
    BERTH_TRY(take_up, door.prepare(realms));
    ready.push_back(std::move(take_up));
    return {};
  };
  const tenancy::HostConfiguration& host = configuration_.host;
  BERTH_TRY_VOID(prepare(*es9_listener_, realm_certificates(*tenants_->routes())));
  if (es2_listener_) {
    BERTH_TRY_VOID(prepare(*es2_listener_, {{host.es2plus->host_name, host.es2plus->tls}}));
  }
  if (admin_listener_) {
    BERTH_TRY_VOID(
        prepare(*admin_listener_, {{host.operator_door->host_name, host.operator_door->tls}}));
  }
  for (const auto& take_up : ready) take_up();
  auto served = served_certificates();
  std::string told;
  for (const auto& one : served) told += (told.empty() ? "" : " ") + one.realm + "=" + one.sha256;
  BERTH_TRY_VOID(ledger_->audit({"tls.reloaded",
                                 {ledger::SubjectKind::kHost, "host"},
                                 smdpplus::details_json({{"certificates", told}})}));
  return served;
}

std::vector<ingress::ServedCertificate> Host::served_certificates() const {
  std::vector<ingress::ServedCertificate> all;
  const auto add = [&all](const ingress::TlsListener* door, const HostName& name) {
    auto one = door->served(name);
    if (one) all.push_back(*std::move(one));
  };
  const tenancy::HostConfiguration& host = configuration_.host;
  for (const auto& tenant : tenants_->all()) add(es9_listener_.get(), tenant->realm());
  if (es2_listener_) add(es2_listener_.get(), host.es2plus->host_name);
  if (admin_listener_) add(admin_listener_.get(), host.operator_door->host_name);
  return all;
}

std::vector<api::Finding> Host::findings_of(const context::TenantContext& tenant,
                                            Thoroughness how) const {
  return tenant_findings(tenant, es9_listener_->served(tenant.realm()), how);
}

Result<void> Host::change_limits(context::TenantContext& tenant,
                                 const tenancy::LimitSettings& settings) {
  std::string changes;
  for (const tenancy::LimitRow& row : tenancy::limit_rows()) {
    const std::uint64_t before = tenant.limits().settings()[row.limit];
    const std::uint64_t after = settings[row.limit];
    if (before == after) continue;
    changes.append(changes.empty() ? "" : " ").append(row.name);
    changes += ":" + std::to_string(before) + "->" + std::to_string(after);
  }
  if (changes.empty()) return {};
  // Written first: what is not in the history does not happen.
  BERTH_TRY_VOID(ledger_->audit({"tenant.limits_changed",
                                 {ledger::SubjectKind::kTenant, tenant.id().text()},
                                 smdpplus::details_json({{"changes", changes}})}));
  tenant.limits().change(settings);
  return {};
}

// Who is paged for a tenant reads the log; what happened stays in the host's history.
void Host::watch_tenants(TenantAlarms& alarms) {
  for (const auto& tenant : tenants_->all()) {
    for (const TenantAlarms::Change& change :
         alarms.update(tenant->id().text(), findings_of(*tenant, Thoroughness::kMemory))) {
      const char* type = change.raised ? "tenant.alarm_raised" : "tenant.alarm_over";
      spdlog::warn("tenant={} {} {}{}{}", change.tenant,
                   change.raised ? "ALARM" : "alarm over:", change.name,
                   change.detail.empty() ? "" : ": ", change.detail);
      const auto written = ledger_->audit(
          {type,
           {ledger::SubjectKind::kTenant, change.tenant},
           smdpplus::details_json({{"alarm", change.name}, {"detail", change.detail}})});
      if (!written) spdlog::warn("an alarm is not in the history: {}", written.error().reason());
    }
  }
}

}  // namespace berth::host
