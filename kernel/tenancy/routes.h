// The routing table: which tenant a realm, an EID and an operator belong to. Pure values.
//
// A loaded table has no contradiction: overlaps, duplicate realms and shared operator identities
// were refused with both owners' names (R43–R51). Immutable, safe to share between threads.

#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kernel/base/identifiers.h"

namespace berth::tenancy {

inline constexpr std::size_t kMaxRoutes = 10'000;
inline constexpr std::size_t kMaxPrefixesPerRoute = 1'000;
inline constexpr std::size_t kMaxOperatorsPerRoute = 1'000;
inline constexpr std::size_t kMaxFormerRealmsPerRoute = 100;

// Digits an EID begins with: 1..32.
struct EidPrefix {
  std::string digits;
  bool covers(const Eid& eid) const { return eid.text().starts_with(digits); }
};

// Who issues a profile: several brands may share one mccMnc and differ by GID.
//
// In a route it is a claim, and a GID left empty stands for any. The most specific claim that fits
// a profile owns it, so a route without GID keeps what no other route of that mccMnc claims by GID.
struct OperatorIdentity {
  MccMnc mcc_mnc;
  std::string gid1_hex;  // upper-case hexadecimal; empty: none (profile), any (route)
  std::string gid2_hex;
  auto operator<=>(const OperatorIdentity&) const = default;
};

struct Route {
  TenantId tenant;
  std::vector<EidPrefix> eid_prefixes;  // eidPrefix, plus eidPrefixes[] as an extension
  std::vector<OperatorIdentity> operators;
  HostName activation_realm;
  std::string smdp_endpoint;  // URL behind the door
  // Names the tenant had before. Installed profiles keep the address they came from for life, so
  // these are served, and owned, exactly like the realm.
  std::vector<HostName> former_realms = {};
};

enum class EidPolicy { kManaged = 1, kConsumerOpen = 2 };

// Why a fact contradicts the tenant the door fixed. The names of other tenants never leave here
// for a device; they are for the operator's own eyes (audit, story).
struct RouteRefusal {
  enum class Stage { kEid = 1, kOperator, kRealm } stage;
  std::string route;    // what decided, for example "tenant-a: eidPrefix 89049032"
  std::string message;  // what the tenant must do
};

class RouteTable {
 public:
  // Refuses contradictions; the error message names both routes ("routes.eid_overlap",
  // "routes.duplicate_realm", "routes.operator_conflict", "routes.duplicate_tenant"), and values
  // out of their form or above the bounds ("routes.invalid"). All are kInvalidArgument.
  // Prefixes of two tenants never overlap, whatever their eidPolicy.
  static Result<RouteTable> build(std::vector<Route> routes);

  const std::vector<Route>& routes() const { return routes_; }
  // By the name a device connects to: a realm, a former realm, or the "rsp3-" alias of either.
  const Route* by_realm(const HostName& realm) const;  // borrowed; nullptr: reject
  const Route* by_tenant(const TenantId& tenant) const;
  // The route whose prefixes cover this EID; nullptr: nobody's.
  const Route* manager_of(const Eid& eid) const;

  // May this tenant serve this EID? managed: the EID lies in its prefixes. consumer-open: nobody
  // else manages it as `managed`. `policies` are those of the other tenants; one that is missing
  // there counts as managed. A tenant without a route serves nobody.
  Result<void, RouteRefusal> confirm_eid(const TenantId& tenant, EidPolicy policy, const Eid& eid,
                                         const std::map<TenantId, EidPolicy>& policies) const;
  // Does this operator identity belong to the tenant?
  Result<void, RouteRefusal> confirm_operator(const TenantId& tenant,
                                              const OperatorIdentity& identity) const;

 private:
  struct OwnedPrefix {
    std::string digits;
    std::size_t route = 0;
  };
  // An index each, into routes_: the table is copied and moved, so nothing points into itself.
  Result<void> index_tenants();
  Result<void> index_realms();
  Result<void> index_prefixes();
  Result<void> index_operators();
  const OwnedPrefix* prefix_of(const Eid& eid) const;
  // The route and the claim that own an identity.
  const std::pair<const OperatorIdentity, std::size_t>* claim_of(
      const OperatorIdentity& identity) const;

  std::vector<Route> routes_;
  std::map<TenantId, std::size_t> by_tenant_;
  std::unordered_map<std::string, std::size_t> by_realm_;  // with former ones and rsp3- aliases
  std::vector<OwnedPrefix> prefixes_;                      // sorted; none covers another
  std::map<OperatorIdentity, std::size_t> operators_;
};

// The JSON routes document, as users have it (tenantRoutes, defaultAction). `source` is the file's
// name for messages. "routes.invalid" names file, JSON path and reason; defaultAction other than
// "reject" is "routes.default_action". Unknown members are refused: a misspelt one would misroute
// in silence.
Result<RouteTable> parse_routes(std::string_view json, std::string_view source);

}  // namespace berth::tenancy
