// What a host asks before it takes in another tenant: that its files could be started with, and
// that its route is in force.

#pragma once

#include <memory>

#include "kernel/api/operator_api.h"
#include "kernel/tenancy/configuration.h"

namespace berth::api {

// Reads the host file and everything it names as the next start will, for a tenant that is not
// among `known`: the whole configuration, with this tenant in it. kFailedPrecondition
// "tenant.known", "tenant.left" (its id was another's), "tenant.away" (its ledger is another host's
// now), "tenant.profile_changed"; kNotFound
// "tenant.no_file"; those of load_configuration.
Result<tenancy::Configuration> read_with_tenant(const tenancy::HostConfiguration& host,
                                                const tenancy::TenantConfigurations& known,
                                                ledger::HostLedger& ledger, const TenantId& id);

// Could it be served under the routes in force? kFailedPrecondition "tenant.no_route"; those of
// check_routes.
Result<void> check_routed(const routing::RouteBook& routes,
                          const tenancy::TenantConfiguration& tenant,
                          const std::filesystem::path& routes_file);

// For the host's history.
ledger::AuditDraft addition_record(const TenantId& id, const TenantAddition& added,
                                   std::int64_t routes_version);

// Those the table has a route for. A start goes without the others, whose routes wait for another
// person, and logs them; `berthctl tenant add` takes them in.
std::shared_ptr<const tenancy::TenantConfigurations> routed(
    const tenancy::TenantConfigurations& tenants, const tenancy::RouteTable& table);
// For the doctor: a warning for each tenant of the start's files that is not served.
std::vector<Finding> check_routed(const tenancy::TenantConfigurations& started_with,
                                  const tenancy::TenantConfigurations& served);

}  // namespace berth::api
