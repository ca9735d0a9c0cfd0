#include "kernel/tenancy/configuration.h"

#include <algorithm>
#include <exception>
#include <vector>

#include "kernel/tenancy/configuration_files.h"

namespace berth::tenancy {
namespace {

constexpr std::uint32_t kMinProductionFipsLevel = 3;

Error refuse(std::string_view reason, std::string message) {
  return {ErrorCode::kInvalidArgument, reason, std::move(message)};
}

Result<TenantConfigurations> read_tenants(const HostConfiguration& host) {
  TenantConfigurations tenants;
  for (const auto& file : host.tenant_files) {
    BERTH_TRY(tenant, read_tenant_file(file, host.tenant_limits));
    const TenantId id = tenant.id;
    const auto [entry, added] = tenants.emplace(id, std::move(tenant));
    if (!added) {
      return refuse("configuration.duplicate_tenant",
                    entry->second.source.string() + " and " + file.string() +
                        ": tenantId: both say '" + id.text() + "'; each tenant has one file");
    }
  }
  return tenants;
}

Result<void> check_requesters(const Configuration& configuration) {
  if (!configuration.host.es2plus) return {};
  for (const Es2Operator& caller : configuration.host.es2plus->operators) {
    for (const auto& [requester, tenant] : caller.requesters) {
      const auto found = configuration.tenants.find(tenant);
      if (found != configuration.tenants.end() &&
          found->second.place.topology == Topology::kDedicated) {
        return refuse("configuration.requester_elsewhere",
                      configuration.host.source.string() + ": es2plus.operators: requester '" +
                          requester + "' of '" + caller.name + "' acts for tenant '" +
                          tenant.text() +
                          "', which this host does not serve; take the requester "
                          "away here and give it to the host that does");
      }
      if (found != configuration.tenants.end()) continue;
      return refuse("configuration.requester_without_tenant",
                    configuration.host.source.string() + ": es2plus.operators: requester '" +
                        requester + "' of '" + caller.name + "' acts for tenant '" + tenant.text() +
                        "', which has no file; add it, or take the requester away");
    }
  }
  return {};
}

// An HSM's binding, with where it stands.
struct HsmBinding {
  const PluginBinding* binding;
  std::string place;  // "etc/host.json: hsm"
};

std::vector<HsmBinding> hsm_bindings(const Configuration& configuration) {
  std::vector<HsmBinding> all;
  const auto add = [&all](const std::optional<PluginBinding>& binding,
                          const std::filesystem::path& source, const char* member) {
    if (binding) all.push_back({&*binding, source.string() + ": " + member});
  };
  const HostConfiguration& host = configuration.host;
  all.push_back({&host.hsm, host.source.string() + ": hsm"});
  add(host.hsm_next, host.source, "hsmNext");
  for (const auto& [id, tenant] : configuration.tenants) {
    add(tenant.hsm, tenant.source, "hsm");
    add(tenant.hsm_next, tenant.source, "hsmNext");
  }
  return all;
}

// One device has one certificate: what is said of it twice is said alike.
Result<void> check_declarations(const Configuration& configuration) {
  for (const HsmBinding& hsm : hsm_bindings(configuration)) {
    if (hsm.binding->fips140_contradiction.empty()) continue;
    return refuse("configuration.fips140_contradiction",
                  hsm.place + ": " + hsm.binding->fips140_contradiction +
                      "; both speak of one device: correct the wrong one, or leave one away");
  }
  return {};
}

Result<void> check_certified(const HsmBinding& hsm) {
  if (hsm.binding->fips140_level >= kMinProductionFipsLevel) return {};
  return refuse(
      "configuration.hsm_not_certified",
      hsm.place +
          ".fips140: the profile is production and the HSM is not declared "
          "certified for FIPS 140-2 or 140-3 level 3; bind one that is and declare it, or "
          "set \"profile\": \"development\" in the host file");
}

// A draft may change with any release, and so may what it means: nothing to settle money by.
Result<void> check_no_drafts(const TenantConfiguration& tenant) {
  const std::pair<const char*, bool> drafts[] = {{"registrar", tenant.registrar.has_value()},
                                                 {"rating", tenant.rating.has_value()},
                                                 {"bss", tenant.bss.has_value()}};
  for (const auto& [slot, bound] : drafts) {
    if (!bound) continue;
    return refuse(
        "configuration.draft_in_production",
        tenant.source.string() + ": " + slot +
            ": the profile is production and plugins of this kind speak a draft of the "
            "plugin ABI; take the member away, or set \"profile\": \"development\" in the "
            "host file");
  }
  return {};
}

// Two people, one of whom may let happen what the other asks for.
Result<void> check_operators(const HostConfiguration& host) {
  const std::string source = host.source.string();
  if (!host.two_people) {
    return refuse("configuration.two_people_in_production",
                  source +
                      ": twoPeople: the profile is production, where two-person actions take two "
                      "people; take the member away, or set \"profile\": \"development\"");
  }
  const auto holds = [](const OperatorAccount& account, OperatorRole role) {
    return std::find(account.roles.begin(), account.roles.end(), role) != account.roles.end();
  };
  for (const OperatorAccount& asks : host.operators) {
    if (!holds(asks, OperatorRole::kOperator)) continue;
    for (const OperatorAccount& approves : host.operators) {
      if (&approves != &asks && holds(approves, OperatorRole::kApprover)) return {};
    }
  }
  return refuse("configuration.operators_missing",
                source +
                    ": operators: the profile is production and there are not two people, one "
                    "with the role operator and another with the role approver; name them, or set "
                    "\"profile\": \"development\"");
}

// What is fit for a desk alone stays there (R13).
Result<void> check_production(const Configuration& configuration) {
  const HostConfiguration& host = configuration.host;
  if (host.profile != Profile::kProduction) return {};
  if (host.plugins.allow_unsigned) {
    return refuse("configuration.unsigned_in_production",
                  host.source.string() +
                      ": plugins.allowUnsigned: the profile is production, where every plugin is "
                      "signed; take the member away, or set \"profile\": \"development\"");
  }
  for (const HsmBinding& hsm : hsm_bindings(configuration)) BERTH_TRY_VOID(check_certified(hsm));
  for (const auto& [id, tenant] : configuration.tenants) BERTH_TRY_VOID(check_no_drafts(tenant));
  return check_operators(host);
}

// The files speak of the same tenants, and none of them could never be served.
Result<void> cross_check(const Configuration& configuration) {
  const std::string routes_file = configuration.host.routes.string();
  BERTH_TRY_VOID(check_routes(configuration.tenants, configuration.routes, routes_file));
  BERTH_TRY_VOID(check_requesters(configuration));
  for (const Route& route : configuration.routes.routes()) {
    if (configuration.tenants.contains(route.tenant)) continue;
    return refuse("configuration.route_without_tenant",
                  routes_file + ": tenantRoutes: the route of '" + route.tenant.text() +
                      "' (activationRealm " + route.activation_realm.text() +
                      ") has no tenant file among the tenants of " +
                      configuration.host.source.string() +
                      "; add the file, or take the route away");
  }
  return {};
}

Result<Configuration> load(const std::filesystem::path& host_file) {
  BERTH_TRY(host, read_host_file(host_file));
  BERTH_TRY(tenants, read_tenants(host));
  BERTH_TRY(text, read_document(host.routes, kMaxRoutesBytes, kUnreadable));
  BERTH_TRY(routes, parse_routes(text, host.routes.string()));
  Configuration configuration{std::move(host), std::move(tenants), std::move(routes),
                              std::move(text)};
  BERTH_TRY_VOID(check_declarations(configuration));
  BERTH_TRY_VOID(check_production(configuration));
  BERTH_TRY_VOID(cross_check(configuration));
  return configuration;
}

}  // namespace

Result<void> check_routes(const TenantConfigurations& tenants, const RouteTable& routes,
                          const std::string& source) {
  for (const auto& [id, tenant] : tenants) {
    const Route* route = routes.by_tenant(id);
    if (route == nullptr) {
      return refuse("configuration.tenant_without_route",
                    tenant.source.string() + ": tenantId: '" + id.text() + "' has no route in " +
                        source + "; add one there, or take the tenant's file away");
    }
    if (tenant.eid_policy == EidPolicy::kManaged && !route->manages_cards()) {
      return refuse("configuration.tenant_without_cards",
                    tenant.source.string() + ": eidPolicy: '" + id.text() +
                        "' is managed, but its route in " + source +
                        " has no EIDs, so no card could be served; add a prefix, or choose "
                        "\"consumer-open\"");
    }
  }
  return {};
}

Result<Configuration> load_configuration(const std::filesystem::path& host_file) {
  try {
    return load(host_file);
  } catch (const std::exception& failure) {  // the file system may throw
    return Error(ErrorCode::kInternal, "configuration.unreadable",
                 host_file.string() + ": " + failure.what());
  }
}

}  // namespace berth::tenancy
