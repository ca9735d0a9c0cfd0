#include "kernel/api/tenant_addition.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "kernel/api/tenant_exit.h"
#include "kernel/api/tenant_move.h"

namespace berth::api {
namespace {

Error refused(std::string_view reason, std::string message) {
  return {ErrorCode::kFailedPrecondition, reason, std::move(message)};
}

}  // namespace

Result<tenancy::Configuration> read_with_tenant(const tenancy::HostConfiguration& host,
                                                const tenancy::TenantConfigurations& known,
                                                ledger::HostLedger& ledger, const TenantId& id) {
  const std::string source = host.source.string();
  if (known.contains(id)) {
    return refused("tenant.known",
                   "this host has '" + id.text() +
                       "' already; what else its file says now is read at the next start (tenant "
                       "limits, plugin swap and tls reload change the rest while it serves)");
  }
  BERTH_TRY(leaving, leaving_tenants(ledger));
  if (std::find(leaving.begin(), leaving.end(), id) != leaving.end()) {
    return refused("tenant.left", "'" + id.text() +
                                      "' has left this host, or is leaving, for good; give the "
                                      "new tenant an id of its own");
  }
  BERTH_TRY(loaded, tenancy::load_configuration(host.source));
  if (!loaded.tenants.contains(id)) {
    return Error(ErrorCode::kNotFound, "tenant.no_file",
                 "no tenant file that " + source + " names says tenantId '" + id.text() +
                     "'; write it there (berthctl tenant onboard does) and add the tenant again");
  }
  BERTH_TRY(away, tenants_away(ledger, loaded));
  if (loaded.tenants.at(id).place.topology != tenancy::Topology::kDedicated &&
      std::find(away.begin(), away.end(), id) != away.end()) {
    return refused("tenant.away",
                   "'" + id.text() +
                       "' has moved to another host, or is yet to come here: its ledger must not "
                       "be opened twice. berthctl tenant move " +
                       id.text() + " says where it stands");
  }
  if (loaded.host.profile != host.profile) {
    return refused("tenant.profile_changed",
                   source +
                       ": profile: is another one than this host runs with, whose rules a tenant "
                       "is taken in by; put the member back, or restart the host");
  }
  return loaded;
}

Result<void> check_routed(const routing::RouteBook& routes,
                          const tenancy::TenantConfiguration& tenant,
                          const std::filesystem::path& routes_file) {
  const std::string version =
      "version " + std::to_string(routes.in_force().number) + " of the routes";
  const auto table = routes.table();
  if (table->by_tenant(tenant.id) == nullptr) {
    return refused("tenant.no_route",
                   version + ", which is in force, has no route for '" + tenant.id.text() +
                       "'; put one into force (berthctl route apply " + routes_file.string() +
                       "; where two people are needed another one approves it), then add the "
                       "tenant again");
  }
  return tenancy::check_routes({{tenant.id, tenant}}, *table, version);
}

ledger::AuditDraft addition_record(const TenantId& id, const TenantAddition& added,
                                   std::int64_t routes_version) {
  const nlohmann::json details{{"file", added.file},
                               {"topology", to_string(added.topology)},
                               {"routes", std::to_string(routes_version)}};
  return {"tenant.added",
          {ledger::SubjectKind::kTenant, id.text()},
          details.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)};
}

std::shared_ptr<const tenancy::TenantConfigurations> routed(
    const tenancy::TenantConfigurations& tenants, const tenancy::RouteTable& table) {
  auto routed = std::make_shared<tenancy::TenantConfigurations>();
  for (const auto& [id, tenant] : tenants) {
    if (table.by_tenant(id) != nullptr) {
      routed->emplace(id, tenant);
    } else {
      spdlog::warn("tenant={} is not served: {} is there, and no route in force names it",
                   id.text(), tenant.source.string());
    }
  }
  return routed;
}

std::vector<Finding> check_routed(const tenancy::TenantConfigurations& started_with,
                                  const tenancy::TenantConfigurations& served) {
  std::vector<Finding> findings;
  for (const auto& [id, tenant] : started_with) {
    if (served.contains(id)) continue;
    findings.push_back({"tenant " + id.text(), Grade::kWarn,
                        "is not served: its file is there, and when the host started no route in "
                        "force named it",
                        "put its route into force (berthctl route apply), then berthctl tenant add",
                        id.text()});
  }
  return findings;
}

}  // namespace berth::api
