#include <algorithm>
#include <tuple>

#include "kernel/tenancy/routes.h"

namespace berth::tenancy {
namespace {

// SGP.22 v3 lets a device reach a server under this label prefix; the name belongs to the realm.
constexpr std::string_view kRealmAliasPrefix = "rsp3-";

Error refuse(std::string_view reason, std::string message) {
  return {ErrorCode::kInvalidArgument, reason, std::move(message)};
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string describe(const OperatorIdentity& identity) {
  std::string text = "mccMnc " + identity.mcc_mnc.text();
  if (!identity.gid1_hex.empty()) text += " gid1 " + identity.gid1_hex;
  if (!identity.gid2_hex.empty()) text += " gid2 " + identity.gid2_hex;
  return text;
}

// Upper case, so that one identity has one form.
Result<std::string> normal_gid(const std::string& hex) {
  BERTH_TRY(octets, from_hex(hex));
  return to_hex(octets);
}

OperatorIdentity with_gids(const OperatorIdentity& from, bool gid1, bool gid2) {
  return {from.mcc_mnc, gid1 ? from.gid1_hex : "", gid2 ? from.gid2_hex : ""};
}

std::string alias_of(const HostName& realm) {
  return std::string(kRealmAliasPrefix) + realm.text();
}

// The member by which a route answers to a name.
std::string realm_member(const Route& route, const std::string& name) {
  for (const HostName& former : route.former_realms) {
    if (name == former.text() || name == alias_of(former)) return "formerRealms " + former.text();
  }
  return "activationRealm " + route.activation_realm.text();
}

Result<void> check_form(Route& route) {
  const std::string& name = route.tenant.text();
  if (route.eid_prefixes.size() > kMaxPrefixesPerRoute ||
      route.operators.size() > kMaxOperatorsPerRoute ||
      route.former_realms.size() > kMaxFormerRealmsPerRoute) {
    return refuse("routes.invalid", name +
                                        ": more prefixes or operators (1000 each) or former realms "
                                        "(100) than one route may have");
  }
  for (const EidPrefix& prefix : route.eid_prefixes) {
    if (prefix.digits.empty() || prefix.digits.size() > 32 || !all_digits(prefix.digits)) {
      return refuse("routes.invalid", name + ": an EID prefix is 1 to 32 digits");
    }
  }
  for (OperatorIdentity& identity : route.operators) {
    auto gid1 = normal_gid(identity.gid1_hex);
    auto gid2 = normal_gid(identity.gid2_hex);
    if (!gid1 || !gid2) {
      return refuse("routes.invalid", name + ": a GID is whole octets in hexadecimal (mccMnc " +
                                          identity.mcc_mnc.text() + ")");
    }
    identity.gid1_hex = *std::move(gid1);
    identity.gid2_hex = *std::move(gid2);
  }
  return {};
}

}  // namespace

Result<RouteTable> RouteTable::build(std::vector<Route> routes) {
  if (routes.size() > kMaxRoutes) {
    return refuse("routes.invalid", "more than " + std::to_string(kMaxRoutes) + " routes");
  }
  for (Route& route : routes) BERTH_TRY_VOID(check_form(route));
  RouteTable table;
  table.routes_ = std::move(routes);
  BERTH_TRY_VOID(table.index_tenants());
  BERTH_TRY_VOID(table.index_realms());
  BERTH_TRY_VOID(table.index_prefixes());
  BERTH_TRY_VOID(table.index_operators());
  return table;
}

Result<void> RouteTable::index_tenants() {
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (!by_tenant_.emplace(routes_[i].tenant, i).second) {
      return refuse("routes.duplicate_tenant",
                    routes_[i].tenant.text() + " has two routes (realms " +
                        routes_[by_tenant_.at(routes_[i].tenant)].activation_realm.text() +
                        " and " + routes_[i].activation_realm.text() +
                        "); join them into one, with eidPrefixes for more prefixes");
    }
  }
  return {};
}

Result<void> RouteTable::index_realms() {
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    std::vector<std::pair<std::string, std::string>> names;  // with the member that gives each
    const auto give = [&names](const char* member, const HostName& realm) {
      const std::string said = member + realm.text();
      names.emplace_back(realm.text(), said);
      names.emplace_back(alias_of(realm), said);
    };
    give("activationRealm ", routes_[i].activation_realm);
    for (const HostName& former : routes_[i].former_realms) give("formerRealms ", former);
    for (const auto& [name, member] : names) {
      const auto [entry, added] = by_realm_.emplace(name, i);
      if (added) continue;
      const Route& other = routes_[entry->second];
      return refuse("routes.duplicate_realm",
                    other.tenant.text() + " (" + realm_member(other, name) + ") and " +
                        routes_[i].tenant.text() + " (" + member + ") both answer to " + name +
                        "; give each tenant realms of its own, and name each once");
    }
  }
  return {};
}

Result<void> RouteTable::index_prefixes() {
  std::vector<OwnedPrefix> all;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    for (const EidPrefix& prefix : routes_[i].eid_prefixes) all.push_back({prefix.digits, i});
  }
  std::sort(all.begin(), all.end(), [](const OwnedPrefix& left, const OwnedPrefix& right) {
    return std::tie(left.digits, left.route) < std::tie(right.digits, right.route);
  });
  // Sorted, whatever a prefix covers follows it at once; kept prefixes cover no other.
  for (OwnedPrefix& next : all) {
    if (prefixes_.empty() || !next.digits.starts_with(prefixes_.back().digits)) {
      prefixes_.push_back(std::move(next));
      continue;
    }
    const OwnedPrefix& cover = prefixes_.back();
    if (cover.route == next.route) continue;
    return refuse("routes.eid_overlap",
                  routes_[cover.route].tenant.text() + " (eidPrefix " + cover.digits + ") and " +
                      routes_[next.route].tenant.text() + " (eidPrefix " + next.digits +
                      ") claim the same EIDs; lengthen or move one prefix");
  }
  return {};
}

Result<void> RouteTable::index_operators() {
  const auto conflict = [this](std::size_t left, const OperatorIdentity& left_claim,
                               std::size_t right, const OperatorIdentity& right_claim) {
    return refuse("routes.operator_conflict",
                  routes_[left].tenant.text() + " (" + describe(left_claim) + ") and " +
                      routes_[right].tenant.text() + " (" + describe(right_claim) +
                      ") claim the same profiles; tell them apart by gid1 or gid2");
  };
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    for (const OperatorIdentity& identity : routes_[i].operators) {
      const auto [entry, added] = operators_.emplace(identity, i);
      if (!added && entry->second != i) return conflict(entry->second, identity, i, identity);
    }
  }
  // A claim by gid1 alone and one by gid2 alone meet in a profile that has both, and neither is
  // the more specific one. Only claims under one mccMnc can meet; they stand together in the map.
  std::map<MccMnc, std::vector<const std::pair<const OperatorIdentity, std::size_t>*>> gid1_only;
  for (const auto& claim : operators_) {
    const bool by_gid1 = !claim.first.gid1_hex.empty() && claim.first.gid2_hex.empty();
    if (!by_gid1) continue;
    auto& others = gid1_only[claim.first.mcc_mnc];
    // Two owners suffice to conflict with any claim by gid2 alone.
    if (others.empty() || (others.size() == 1 && others[0]->second != claim.second)) {
      others.push_back(&claim);
    }
  }
  for (const auto& claim : operators_) {
    if (!claim.first.gid1_hex.empty() || claim.first.gid2_hex.empty()) continue;
    const auto others = gid1_only.find(claim.first.mcc_mnc);
    if (others == gid1_only.end()) continue;
    for (const auto* other : others->second) {
      if (other->second != claim.second) {
        return conflict(other->second, other->first, claim.second, claim.first);
      }
    }
  }
  return {};
}

const Route* RouteTable::by_realm(const HostName& realm) const {
  const auto found = by_realm_.find(realm.text());
  return found == by_realm_.end() ? nullptr : &routes_[found->second];
}

const Route* RouteTable::by_tenant(const TenantId& tenant) const {
  const auto found = by_tenant_.find(tenant);
  return found == by_tenant_.end() ? nullptr : &routes_[found->second];
}

const RouteTable::OwnedPrefix* RouteTable::prefix_of(const Eid& eid) const {
  // None covers another, so only the last prefix not after the EID can cover it.
  const auto after = std::upper_bound(
      prefixes_.begin(), prefixes_.end(), eid.text(),
      [](std::string_view text, const OwnedPrefix& prefix) { return text < prefix.digits; });
  if (after == prefixes_.begin()) return nullptr;
  const OwnedPrefix& candidate = *std::prev(after);
  return eid.text().starts_with(candidate.digits) ? &candidate : nullptr;
}

const Route* RouteTable::manager_of(const Eid& eid) const {
  const OwnedPrefix* prefix = prefix_of(eid);
  return prefix == nullptr ? nullptr : &routes_[prefix->route];
}

const std::pair<const OperatorIdentity, std::size_t>* RouteTable::claim_of(
    const OperatorIdentity& identity) const {
  for (const auto& [gid1, gid2] : {std::pair(true, true), std::pair(true, false),
                                   std::pair(false, true), std::pair(false, false)}) {
    const auto found = operators_.find(with_gids(identity, gid1, gid2));
    if (found != operators_.end()) return &*found;
  }
  return nullptr;
}

Result<void, RouteRefusal> RouteTable::confirm_eid(
    const TenantId& tenant, EidPolicy policy, const Eid& eid,
    const std::map<TenantId, EidPolicy>& policies) const {
  using Stage = RouteRefusal::Stage;
  if (by_tenant(tenant) == nullptr) {
    return RouteRefusal{Stage::kEid, tenant.text() + ": no route",
                        "the tenant has no route; the operator must add one to the routes file"};
  }
  const OwnedPrefix* prefix = prefix_of(eid);
  if (prefix == nullptr) {
    if (policy == EidPolicy::kConsumerOpen) return {};
    return RouteRefusal{Stage::kEid, "no route covers EID " + eid.masked() + ": reject",
                        "the EID lies in no prefix of the tenant; add its prefix to the route, or "
                        "check that the order is for this card"};
  }
  const Route& manager = routes_[prefix->route];
  if (manager.tenant == tenant) return {};
  const auto known = policies.find(manager.tenant);
  const bool managed = known == policies.end() || known->second != EidPolicy::kConsumerOpen;
  if (policy == EidPolicy::kConsumerOpen && !managed) return {};
  return RouteRefusal{Stage::kEid, manager.tenant.text() + ": eidPrefix " + prefix->digits,
                      "the card belongs to another tenant's range; the tenant must order for a "
                      "card of its own"};
}

Result<void, RouteRefusal> RouteTable::confirm_operator(const TenantId& tenant,
                                                        const OperatorIdentity& identity) const {
  using Stage = RouteRefusal::Stage;
  auto gid1 = normal_gid(identity.gid1_hex);
  auto gid2 = normal_gid(identity.gid2_hex);
  if (!gid1 || !gid2) {
    return RouteRefusal{Stage::kOperator, "no route: reject",
                        "a GID of the profile's owner is not hexadecimal; correct the order"};
  }
  const auto* claim = claim_of({identity.mcc_mnc, *std::move(gid1), *std::move(gid2)});
  if (claim == nullptr) {
    return RouteRefusal{Stage::kOperator, "no route covers " + describe(identity) + ": reject",
                        "the profile's operator is in no route; add the mccMnc to the tenant's "
                        "route, or use a profile of the tenant's own operator"};
  }
  const Route& owner = routes_[claim->second];
  if (owner.tenant == tenant) return {};
  return RouteRefusal{Stage::kOperator, owner.tenant.text() + ": " + describe(claim->first),
                      "the profile's operator belongs to another tenant; the tenant must use a "
                      "profile of its own operator"};
}

}  // namespace berth::tenancy
