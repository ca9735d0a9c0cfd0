#include <algorithm>

#include "kernel/tenancy/routes.h"

namespace berth::tenancy {
namespace {

// SGP.22 v3 lets a device reach a server under this label prefix; the name belongs to the realm.
constexpr std::string_view kRealmAliasPrefix = "rsp3-";
constexpr std::size_t kEidDigits = 32;
constexpr std::size_t kMccDigits = 3;

Error refuse(std::string_view reason, std::string message) {
  return {ErrorCode::kInvalidArgument, reason, std::move(message)};
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Upper case, so that one identity has one form.
Result<std::string> normal_gid(const std::string& hex) {
  BERTH_TRY(octets, from_hex(hex));
  return to_hex(octets);
}

std::string alias_of(const HostName& realm) {
  return std::string(kRealmAliasPrefix) + realm.text();
}

// The member by which a route answers to a name.
std::string realm_member(const Route& route, const std::string& name) {
  const auto said = [&name](const HostName& realm) {
    return name == realm.text() || name == alias_of(realm);
  };
  for (const HostName& former : route.former_realms) {
    if (said(former)) return "formerRealms " + former.text();
  }
  for (const HostName& further : route.further_realms) {
    if (said(further)) return "activationRealms " + further.text();
  }
  return "activationRealm " + route.activation_realm.text();
}

Result<void> check_bounds(const Route& route) {
  const auto above = [&route](const char* what, std::size_t count,
                              std::size_t max) -> Result<void> {
    if (count <= max) return {};
    return refuse("routes.invalid", route.tenant.text() + ": " + std::to_string(count) + " " +
                                        what + ", more than the " + std::to_string(max) +
                                        " that one route may have");
  };
  BERTH_TRY_VOID(above("EID prefixes", route.eid_prefixes.size(), kMaxPrefixesPerRoute));
  BERTH_TRY_VOID(above("EID ranges", route.eid_ranges.size(), kMaxRangesPerRoute));
  BERTH_TRY_VOID(above("EIDs", route.eids.size(), kMaxEidsPerRoute));
  BERTH_TRY_VOID(above("operators", route.operators.size(), kMaxOperatorsPerRoute));
  BERTH_TRY_VOID(above("ICCID ranges", route.iccid_ranges.size(), kMaxRangesPerRoute));
  BERTH_TRY_VOID(above("former realms", route.former_realms.size(), kMaxRealmsPerRoute));
  return above("further realms", route.further_realms.size(), kMaxRealmsPerRoute);
}

Result<void> check_form(Route& route) {
  const std::string& name = route.tenant.text();
  BERTH_TRY_VOID(check_bounds(route));
  for (const EidPrefix& prefix : route.eid_prefixes) {
    if (prefix.digits.empty() || prefix.digits.size() > kEidDigits || !all_digits(prefix.digits)) {
      return refuse("routes.invalid", name + ": an EID prefix is 1 to 32 digits");
    }
  }
  for (const DigitRange& range : route.eid_ranges) {
    if (range.last < range.first || range.first.size() != kEidDigits ||
        range.last.size() != kEidDigits) {
      return refuse("routes.invalid", name + ": eidRange " + range.text() +
                                          ": both ends are 32 digits, and the second is not the "
                                          "smaller one");
    }
  }
  for (OperatorClaim& claim : route.operators) {
    OperatorIdentity& identity = claim.identity;
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
  BERTH_TRY_VOID(table.index_eids());
  BERTH_TRY_VOID(table.index_operators());
  BERTH_TRY_VOID(table.index_iccids());
  return table;
}

Result<void> RouteTable::index_tenants() {
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (!by_tenant_.emplace(routes_[i].tenant.text(), i).second) {
      return refuse("routes.duplicate_tenant",
                    routes_[i].tenant.text() + " has two routes (realms " +
                        routes_[by_tenant_.at(routes_[i].tenant.text())].activation_realm.text() +
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
    for (const HostName& further : routes_[i].further_realms) give("activationRealms ", further);
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

Result<void> RouteTable::index_eids() {
  std::vector<OwnedRange> all;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    const Route& route = routes_[i];
    std::uint32_t claim = 0;
    const auto add = [&](const DigitRange& range) {
      all.push_back({range, static_cast<std::uint32_t>(i), claim++});
    };
    for (const EidPrefix& prefix : route.eid_prefixes) {
      add(DigitRange::of_prefix(prefix.digits, kEidDigits));
    }
    for (const DigitRange& range : route.eid_ranges) add(range);
    for (const Eid& eid : route.eids) add(DigitRange::one(Digits::of(eid)));
  }
  const auto overlap = eids_.build(std::move(all));
  if (!overlap) return {};
  const auto named = [this](const OwnedRange& owned) {
    return routes_[owned.owner].tenant.text() + " (" + eid_rule(owned) + ")";
  };
  return refuse("routes.eid_overlap", named(overlap->left) + " and " + named(overlap->right) +
                                          " claim the same EIDs; lengthen or move one of the two");
}

Result<void> RouteTable::index_operators() {
  std::vector<OwnedClaim> all;
  std::map<MccMnc, std::size_t> counts;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    for (const OperatorClaim& claim : routes_[i].operators) {
      all.push_back({claim, static_cast<std::uint32_t>(i)});
      if (++counts[claim.identity.mcc_mnc] > kMaxClaimsPerNetwork) {
        return refuse("routes.invalid", "mccMnc " + claim.identity.mcc_mnc.text() + ": more than " +
                                            std::to_string(kMaxClaimsPerNetwork) +
                                            " claims under one mccMnc; join IMSI ranges, or tell "
                                            "tenants apart by iccidRanges of their routes");
      }
    }
  }
  const auto conflict = operators_.build(std::move(all));
  if (!conflict) return {};
  const auto named = [this](const OwnedClaim& owned) {
    return routes_[owned.owner].tenant.text() + " (" + describe(owned.claim) + ")";
  };
  return refuse("routes.operator_conflict",
                named(*conflict->left) + " and " + named(*conflict->right) +
                    " claim the same profiles; tell them apart by gid1, gid2, imsiRanges or "
                    "iccidRanges that do not meet");
}

// ICCIDs are unique in the world, so a range that tells two brands apart is one tenant's alone,
// too.
Result<void> RouteTable::index_iccids() {
  std::vector<OwnedRange> all;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    const auto owner = static_cast<std::uint32_t>(i);
    for (const DigitRange& range : routes_[i].iccid_ranges) all.push_back({range, owner, 0});
    for (const OperatorClaim& claim : routes_[i].operators) {
      if (claim.iccids) all.push_back({*claim.iccids, owner, 0});
    }
  }
  const auto overlap = iccids_.build(std::move(all));
  if (!overlap) return {};
  const auto named = [this](const OwnedRange& owned) {
    return routes_[owned.owner].tenant.text() + " (" + owned.range.text() + ")";
  };
  return refuse("routes.iccid_overlap", "iccidRanges: " + named(overlap->left) + " and " +
                                            named(overlap->right) +
                                            " claim the same ICCIDs; give each its own");
}

std::string RouteTable::eid_rule(const OwnedRange& owned) const {
  const Route& route = routes_[owned.owner];
  std::size_t at = owned.claim;
  if (at < route.eid_prefixes.size()) return "eidPrefix " + route.eid_prefixes[at].digits;
  at -= route.eid_prefixes.size();
  if (at < route.eid_ranges.size()) return "eidRange " + route.eid_ranges[at].text();
  return "eid " + route.eids[at - route.eid_ranges.size()].masked();
}

const Route* RouteTable::by_realm(const HostName& realm) const {
  const auto found = by_realm_.find(realm.text());
  return found == by_realm_.end() ? nullptr : &routes_[found->second];
}

const Route* RouteTable::by_tenant(const TenantId& tenant) const {
  const auto found = by_tenant_.find(tenant.text());
  return found == by_tenant_.end() ? nullptr : &routes_[found->second];
}

const Route* RouteTable::manager_of(const Eid& eid) const {
  const OwnedRange* owned = eids_.find(Digits::of(eid));
  return owned == nullptr ? nullptr : &routes_[owned->owner];
}

std::optional<Ownership> RouteTable::owner_of(const Eid& eid) const {
  const OwnedRange* owned = eids_.find(Digits::of(eid));
  if (owned == nullptr) return std::nullopt;
  return Ownership{&routes_[owned->owner], eid_rule(*owned)};
}

std::optional<Ownership> RouteTable::owner_of(const Iccid& iccid) const {
  const OwnedRange* owned = iccids_.find(Digits::of(iccid));
  if (owned == nullptr) return std::nullopt;
  return Ownership{&routes_[owned->owner], "iccidRange " + owned->range.text()};
}

std::optional<Ownership> RouteTable::owner_of(const OperatorIdentity& identity,
                                              const ProfileFacts& facts) const {
  const OwnedClaim* claim = operators_.owner_of(identity, facts);
  if (claim == nullptr) return std::nullopt;
  return Ownership{&routes_[claim->owner], describe(claim->claim)};
}

Result<void, RouteRefusal> RouteTable::confirm_eid(
    const TenantId& tenant, EidPolicy policy, const Eid& eid,
    const std::map<TenantId, EidPolicy>& policies) const {
  using Stage = RouteRefusal::Stage;
  if (by_tenant(tenant) == nullptr) {
    return RouteRefusal{Stage::kEid, tenant.text() + ": no route",
                        "the tenant has no route; the operator must add one to the routes file"};
  }
  const OwnedRange* owned = eids_.find(Digits::of(eid));
  if (owned == nullptr) {
    if (policy == EidPolicy::kConsumerOpen) return {};
    return RouteRefusal{Stage::kEid, "no route covers EID " + eid.masked() + ": reject",
                        "the EID lies in no range of the tenant; add it to the route, or check "
                        "that the order is for this card"};
  }
  const Route& manager = routes_[owned->owner];
  if (manager.tenant == tenant) return {};
  const auto known = policies.find(manager.tenant);
  const bool managed = known == policies.end() || known->second != EidPolicy::kConsumerOpen;
  if (policy == EidPolicy::kConsumerOpen && !managed) return {};
  return RouteRefusal{Stage::kEid, manager.tenant.text() + ": " + eid_rule(*owned),
                      "the card belongs to another tenant's range; the tenant must order for a "
                      "card of its own"};
}

Result<void, RouteRefusal> RouteTable::confirm_operator(const TenantId& tenant,
                                                        const OperatorIdentity& given,
                                                        const ProfileFacts& facts) const {
  using Stage = RouteRefusal::Stage;
  OperatorIdentity identity = given;
  for (std::string* gid : {&identity.gid1_hex, &identity.gid2_hex}) {
    if (gid->empty()) continue;
    auto normal = normal_gid(*gid);
    if (!normal) {
      return RouteRefusal{Stage::kOperator, "no route: reject",
                          "a GID of the profile's owner is not hexadecimal; correct the order"};
    }
    *gid = *std::move(normal);
  }
  const auto mine = by_tenant_.find(tenant.text());
  if (mine != by_tenant_.end() &&
      operators_.possible_for(static_cast<std::uint32_t>(mine->second), identity, facts)) {
    return {};
  }
  const OwnedClaim* claim = operators_.owner_of(identity, facts);
  if (claim == nullptr || routes_[claim->owner].tenant == tenant) {
    return RouteRefusal{Stage::kOperator, "no route covers " + describe(identity) + ": reject",
                        "the profile's operator is in no route; add the mccMnc to the tenant's "
                        "route, or use a profile of the tenant's own operator"};
  }
  return RouteRefusal{Stage::kOperator,
                      routes_[claim->owner].tenant.text() + ": " + describe(claim->claim),
                      "the profile's operator belongs to another tenant; the tenant must use a "
                      "profile of its own operator"};
}

Result<void, RouteRefusal> RouteTable::confirm_imsi(const TenantId& tenant, std::string_view imsi,
                                                    std::size_t mnc_digits,
                                                    const std::string& gid1_hex,
                                                    const std::string& gid2_hex,
                                                    const std::optional<Iccid>& iccid) const {
  using Stage = RouteRefusal::Stage;
  ProfileFacts facts{Digits::of(imsi), std::nullopt};
  if (iccid) facts.iccid = Digits::of(*iccid);
  const OwnedClaim* found = nullptr;
  for (const std::size_t digits : {std::size_t{2}, std::size_t{3}}) {
    if (mnc_digits != 0 && mnc_digits != digits) continue;
    const auto mcc_mnc = MccMnc::parse(imsi.substr(0, kMccDigits + digits));
    if (!mcc_mnc) continue;
    const OwnedClaim* claim = operators_.owner_of({*mcc_mnc, gid1_hex, gid2_hex}, facts);
    if (claim == nullptr) continue;
    if (routes_[claim->owner].tenant != tenant) {
      return RouteRefusal{Stage::kOperator,
                          routes_[claim->owner].tenant.text() + ": " + describe(claim->claim),
                          "an IMSI of the profile is, or can be read as, another tenant's; say "
                          "the profile's owner, or use a profile of the tenant's own operator"};
    }
    found = claim;
  }
  if (found != nullptr) return {};
  return RouteRefusal{Stage::kOperator, "no route covers an IMSI of the profile: reject",
                      "an IMSI of the profile is of no operator of the tenant; add its mccMnc to "
                      "the route, or use a profile of the tenant's own operator"};
}

Result<void, RouteRefusal> RouteTable::confirm_iccid(const TenantId& tenant,
                                                     const Iccid& iccid) const {
  using Stage = RouteRefusal::Stage;
  const Route* mine = by_tenant(tenant);
  const OwnedRange* owned = iccids_.find(Digits::of(iccid));
  if (owned == nullptr) {
    if (mine != nullptr && mine->iccid_ranges.empty()) return {};
    return RouteRefusal{Stage::kIccid, "no route covers ICCID " + iccid.masked() + ": reject",
                        "the ICCID lies in no range that the tenant was given; add it to the "
                        "route, or use a profile of the tenant's own"};
  }
  if (routes_[owned->owner].tenant == tenant) return {};
  return RouteRefusal{Stage::kIccid,
                      routes_[owned->owner].tenant.text() + ": iccidRange " + owned->range.text(),
                      "the ICCID was given to another tenant; the tenant must use a profile of its "
                      "own"};
}

}  // namespace berth::tenancy
