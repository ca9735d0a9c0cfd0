#include "kernel/routing/route_diff.h"

#include <algorithm>
#include <map>
#include <set>

namespace berth::routing {
namespace {

using Sayings = std::set<std::string>;

// Everything a route says, one by one.
Sayings sayings_of(const tenancy::Route& route) {
  Sayings said{"activationRealm " + route.activation_realm.text(),
               "smdpEndpoint " + route.smdp_endpoint};
  for (const auto& one : route.further_realms) said.insert("activationRealms " + one.text());
  for (const auto& one : route.former_realms) said.insert("formerRealms " + one.text());
  for (const auto& one : route.eid_prefixes) said.insert("eidPrefix " + one.digits);
  for (const auto& one : route.eid_ranges) said.insert("eidRange " + one.text());
  for (const auto& one : route.eids) said.insert("eid " + std::string(one.text()));
  for (const auto& one : route.iccid_ranges) said.insert("iccidRange " + one.text());
  for (const auto& one : route.operators) said.insert(tenancy::describe(one));
  return said;
}

std::map<TenantId, Sayings> by_tenant(const tenancy::RouteTable& table) {
  std::map<TenantId, Sayings> all;
  for (const tenancy::Route& route : table.routes()) all.emplace(route.tenant, sayings_of(route));
  return all;
}

void tell(Differences& differences, bool added, const TenantId& tenant, const Sayings& from,
          const Sayings& other) {
  for (const std::string& what : from) {
    if (other.contains(what)) continue;
    ++differences.total;
    if (differences.told.size() < kMaxDifferences) {
      differences.told.push_back({added, tenant.text(), what});
    }
  }
}

}  // namespace

Differences diff(const tenancy::RouteTable& before, const tenancy::RouteTable& after) {
  const auto old_sayings = by_tenant(before);
  const auto new_sayings = by_tenant(after);
  std::set<TenantId> tenants;
  for (const auto& [tenant, said] : old_sayings) tenants.insert(tenant);
  for (const auto& [tenant, said] : new_sayings) tenants.insert(tenant);
  static const Sayings kNothing;
  const auto of = [](const auto& all, const TenantId& tenant) -> const Sayings& {
    const auto found = all.find(tenant);
    return found == all.end() ? kNothing : found->second;
  };
  Differences differences;
  for (const TenantId& tenant : tenants) {
    const Sayings& was = of(old_sayings, tenant);
    const Sayings& is = of(new_sayings, tenant);
    tell(differences, false, tenant, was, is);
    tell(differences, true, tenant, is, was);
  }
  return differences;
}

}  // namespace berth::routing
