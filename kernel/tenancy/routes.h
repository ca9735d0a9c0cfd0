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
#include <vector>

#include "kernel/base/identifiers.h"
#include "kernel/tenancy/operator_claims.h"

namespace berth::tenancy {

inline constexpr std::size_t kMaxRoutesBytes = 16 * 1024 * 1024;  // of the document
inline constexpr std::size_t kMaxRoutes = 10'000;
inline constexpr std::size_t kMaxPrefixesPerRoute = 1'000;
inline constexpr std::size_t kMaxRangesPerRoute = 10'000;  // of EIDs, of ICCIDs
inline constexpr std::size_t kMaxEidsPerRoute = 100'000;
inline constexpr std::size_t kMaxOperatorsPerRoute = 1'000;
inline constexpr std::size_t kMaxClaimsPerNetwork = 2'000;  // of all routes under one mccMnc
inline constexpr std::size_t kMaxRealmsPerRoute = 100;      // further ones; as many former ones

// Digits an EID begins with: 1..32.
struct EidPrefix {
  std::string digits;
  bool covers(const Eid& eid) const { return eid.text().starts_with(digits); }
};

struct Route {
  TenantId tenant;
  std::vector<EidPrefix> eid_prefixes;  // eidPrefix, plus eidPrefixes[] as an extension
  std::vector<OperatorClaim> operators;
  HostName activation_realm;  // what the tenant's codes and profiles say
  std::string smdp_endpoint;  // URL behind the door
  // Names the tenant had before. Installed profiles keep the address they came from for life, so
  // these are served, and owned, exactly like the realm.
  std::vector<HostName> former_realms = {};
  std::vector<HostName> further_realms = {};  // served like the realm, besides it
  std::vector<DigitRange> eid_ranges = {};
  std::vector<Eid> eids = {};  // one by one
  // Empty: any ICCID that no other tenant has been given.
  std::vector<DigitRange> iccid_ranges = {};

  bool manages_cards() const {
    return !eid_prefixes.empty() || !eid_ranges.empty() || !eids.empty();
  }
};

enum class EidPolicy { kManaged = 1, kConsumerOpen = 2 };

// Why a fact contradicts the tenant the door fixed. The names of other tenants never leave here
// for a device; they are for the operator's own eyes (audit, story).
struct RouteRefusal {
  enum class Stage { kEid = 1, kOperator, kRealm, kIccid } stage;
  std::string route;    // what decided, for example "tenant-a: eidPrefix 89049032"
  std::string message;  // what the tenant must do
};

// Whose something is, and what says so. Borrowed from the table.
struct Ownership {
  const Route* route = nullptr;
  std::string rule;  // "eidPrefix 89049032", "eidRange 8904…-8904…", "mccMnc 23450 gid1 0A"
};

class RouteTable {
 public:
  // Refuses contradictions; the error message names both routes and what they both claim
  // ("routes.eid_overlap", "routes.duplicate_realm", "routes.operator_conflict",
  // "routes.iccid_overlap", "routes.duplicate_tenant"), and values out of their form or above the
  // bounds ("routes.invalid"). All are kInvalidArgument.
  // EIDs of two tenants never overlap, whatever their eidPolicy.
  static Result<RouteTable> build(std::vector<Route> routes);

  const std::vector<Route>& routes() const { return routes_; }
  // By the name a device connects to: a realm of any kind, or the "rsp3-" alias of one.
  const Route* by_realm(const HostName& realm) const;  // borrowed; nullptr: reject
  const Route* by_tenant(const TenantId& tenant) const;
  // The route whose cards this EID is among; nullptr: nobody's.
  const Route* manager_of(const Eid& eid) const;
  // The same three with the rule that says so; empty: nobody's.
  std::optional<Ownership> owner_of(const Eid& eid) const;
  std::optional<Ownership> owner_of(const Iccid& iccid) const;
  // Of a profile of which everything is known; GIDs in upper case.
  std::optional<Ownership> owner_of(const OperatorIdentity& identity,
                                    const ProfileFacts& facts) const;

  // May this tenant serve this EID? managed: the EID is one of its own. consumer-open: nobody
  // else manages it as `managed`. `policies` are those of the other tenants; one that is missing
  // there counts as managed. A tenant without a route serves nobody.
  Result<void, RouteRefusal> confirm_eid(const TenantId& tenant, EidPolicy policy, const Eid& eid,
                                         const std::map<TenantId, EidPolicy>& policies) const;
  // Does this operator identity belong to the tenant? What is absent of `facts` is not known yet
  // and refuses nothing.
  Result<void, RouteRefusal> confirm_operator(const TenantId& tenant,
                                              const OperatorIdentity& identity,
                                              const ProfileFacts& facts = {}) const;
  // The same of a profile that says its operator by its IMSI alone. `mnc_digits` is 2, 3, or 0:
  // not known, and then no reading of the IMSI may be another tenant's.
  Result<void, RouteRefusal> confirm_imsi(const TenantId& tenant, std::string_view imsi,
                                          std::size_t mnc_digits, const std::string& gid1_hex,
                                          const std::string& gid2_hex,
                                          const std::optional<Iccid>& iccid) const;
  // Has the tenant been given this ICCID, or nobody, and the tenant no range of its own?
  Result<void, RouteRefusal> confirm_iccid(const TenantId& tenant, const Iccid& iccid) const;

  // What explains and proves the table walks: ascending, apart from each other.
  const RangeIndex& eids() const { return eids_; }
  const RangeIndex& iccids() const { return iccids_; }
  const OperatorClaims& operators() const { return operators_; }

 private:
  // An index each, into routes_: the table is copied and moved, so nothing points into itself.
  Result<void> index_tenants();
  Result<void> index_realms();
  Result<void> index_eids();
  Result<void> index_operators();
  Result<void> index_iccids();
  std::string eid_rule(const OwnedRange& owned) const;

  std::vector<Route> routes_;
  std::unordered_map<std::string, std::size_t> by_tenant_;
  std::unordered_map<std::string, std::size_t> by_realm_;  // all kinds, with rsp3- aliases
  RangeIndex eids_;  // claim: which of a route's prefixes, ranges, EIDs, counted through
  OperatorClaims operators_;
  RangeIndex iccids_;
};

// The JSON routes document, as users have it (tenantRoutes, defaultAction). `source` is the file's
// name for messages. "routes.invalid" names file, JSON path and reason; defaultAction other than
// "reject" is "routes.default_action". Unknown members are refused: a misspelt one would misroute
// in silence.
Result<RouteTable> parse_routes(std::string_view json, std::string_view source);

}  // namespace berth::tenancy
