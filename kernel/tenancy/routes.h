// The routing table: which tenant a realm, an EID and an operator belong to. Pure values.
//
// A loaded table has no contradiction: overlaps, duplicate realms and shared operator identities
// were refused with both owners' names (R43–R51). Immutable, safe to share between threads.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernel/base/identifiers.h"

namespace berth::tenancy {

// Digits an EID begins with: 1..32.
struct EidPrefix {
  std::string digits;
  bool covers(const Eid& eid) const { return eid.text().starts_with(digits); }
};

// Who issues a profile: several brands may share one mccMnc and differ by GID.
struct OperatorIdentity {
  MccMnc mcc_mnc;
  std::string gid1_hex;  // upper-case hexadecimal; empty: none
  std::string gid2_hex;
  auto operator<=>(const OperatorIdentity&) const = default;
};

struct Route {
  TenantId tenant;
  std::vector<EidPrefix> eid_prefixes;  // eidPrefix, plus eidPrefixes[] as an extension
  std::vector<OperatorIdentity> operators;
  HostName activation_realm;
  std::string smdp_endpoint;  // URL behind the door
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
  // "routes.duplicate_realm", "routes.operator_conflict").
  static Result<RouteTable> build(std::vector<Route> routes);

  const std::vector<Route>& routes() const { return routes_; }
  // By the name a device connects to (an "rsp3-" alias of a realm counts as the realm).
  const Route* by_realm(const HostName& realm) const;  // borrowed; nullptr: reject
  const Route* by_tenant(const TenantId& tenant) const;
  // The tenant that manages this EID by its prefixes, longest first; nullptr: nobody.
  const Route* manager_of(const Eid& eid) const;

  // May this tenant serve this EID? managed: the EID lies in its prefixes. consumer-open: nobody
  // else manages it as `managed`.
  Result<void, RouteRefusal> confirm_eid(const TenantId& tenant, EidPolicy policy, const Eid& eid,
                                         const std::map<TenantId, EidPolicy>& policies) const;
  // Does this operator identity belong to the tenant?
  Result<void, RouteRefusal> confirm_operator(const TenantId& tenant,
                                              const OperatorIdentity& identity) const;

 private:
  std::vector<Route> routes_;
};

// The JSON routes document, as users have it (tenantRoutes, defaultAction). `source` is the file's
// name for messages. "routes.invalid" names file, JSON path and reason; defaultAction other than
// "reject" is "routes.default_action".
Result<RouteTable> parse_routes(std::string_view json, std::string_view source);

}  // namespace berth::tenancy
