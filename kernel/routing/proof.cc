#include "kernel/routing/proof.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace berth::routing {
namespace {

using nlohmann::ordered_json;
using tenancy::DigitRange;
using tenancy::Digits;
using tenancy::OperatorIdentity;
using tenancy::OwnedClaim;
using tenancy::ProfileFacts;
using tenancy::Route;
using tenancy::RouteTable;

constexpr std::size_t kEidDigits = 32;
constexpr std::size_t kMinIccid = 18;
constexpr std::size_t kMaxIccid = 20;
constexpr std::size_t kMinImsi = 6;
constexpr std::size_t kMaxImsi = 15;

Error differs(const std::string& where) {
  return {
      ErrorCode::kInternal, "routes.proof_differs",
      "the table decides " + where + " in two ways; this is a defect of the program, report it"};
}

// All digits of one size, cut wherever one of the ranges begins or ends.
std::vector<DigitRange> intervals(std::size_t size, const std::vector<DigitRange>& ranges) {
  const DigitRange all = DigitRange::of_prefix("", size);
  std::set<Digits> beginnings{all.first};
  for (const DigitRange& range : ranges) {
    if (range.first.size() != size) continue;
    beginnings.insert(range.first);
    if (const auto next = range.last.next()) beginnings.insert(*next);
  }
  std::vector<DigitRange> cut;
  for (auto at = beginnings.begin(); at != beginnings.end(); ++at) {
    const auto after = std::next(at);
    cut.push_back({*at, after == beginnings.end() ? all.last : *after->previous()});
  }
  return cut;
}

class ProofWriter {
 public:
  ProofWriter(const RouteTable& table, const Policies& policies)
      : table_(table), policies_(policies) {}

  Result<std::string> write(const ProofHead& head) {
    ordered_json policies = ordered_json::object();
    for (const Route& route : table_.routes()) {
      policies[route.tenant.text()] = policy_of(route.tenant) == tenancy::EidPolicy::kConsumerOpen
                                          ? "consumer-open"
                                          : "managed";
    }
    line({{"format", "berth-route-proof/1"},
          {"version", head.version},
          {"routesSha256", head.routes_sha256},
          {"at", head.at_ms},
          {"defaultAction", "reject"},
          {"eidPolicies", std::move(policies)}});
    BERTH_TRY_VOID(realms());
    BERTH_TRY_VOID(eids());
    BERTH_TRY_VOID(operators());
    BERTH_TRY_VOID(iccids());
    line({{"end", lines_}});
    return std::move(text_);
  }

 private:
  tenancy::EidPolicy policy_of(const TenantId& tenant) const {
    const auto found = policies_.find(tenant);
    return found == policies_.end() ? tenancy::EidPolicy::kManaged : found->second;
  }

  void line(const ordered_json& value) {
    text_ += value.dump();
    text_ += '\n';
    ++lines_;
  }

  Result<void> enough() const {
    if (lines_ <= kMaxProofLines) return {};
    return Error(ErrorCode::kResourceExhausted, "routes.proof_too_large",
                 "the decision table has more than " + std::to_string(kMaxProofLines) +
                     " cells; join ranges that one tenant has side by side");
  }

  Result<void> realms() {
    for (const Route& route : table_.routes()) {
      std::vector<HostName> names{route.activation_realm};
      names.insert(names.end(), route.further_realms.begin(), route.further_realms.end());
      names.insert(names.end(), route.former_realms.begin(), route.former_realms.end());
      for (const HostName& name : names) {
        for (const std::string& spelt : {name.text(), "rsp3-" + name.text()}) {
          const auto parsed = HostName::parse(spelt);
          const Route* found = parsed ? table_.by_realm(*parsed) : nullptr;
          if (found == nullptr || found->tenant != route.tenant) return differs("realm " + spelt);
          line({{"realm", spelt}, {"tenant", found->tenant.text()}});
        }
      }
    }
    return {};
  }

  // Whom the stage lets pass, by whom the card is managed: the same for all cards of one tenant.
  const ordered_json& served_by(const Route* manager, const Eid& eid) {
    const std::string key = manager == nullptr ? "" : manager->tenant.text();
    const auto known = served_by_.find(key);
    if (known != served_by_.end()) return known->second;
    ordered_json tenants = ordered_json::array();
    for (const Route& route : table_.routes()) {
      if (table_.confirm_eid(route.tenant, policy_of(route.tenant), eid, policies_)) {
        tenants.push_back(route.tenant.text());
      }
    }
    line({{"manager", manager == nullptr ? ordered_json() : ordered_json(key)},
          {"servedBy", tenants}});
    return served_by_.emplace(key, std::move(tenants)).first->second;
  }

  Result<void> eids() {
    std::vector<DigitRange> ranges;
    for (const auto& owned : table_.eids().ranges()) ranges.push_back(owned.range);
    for (const DigitRange& interval : intervals(kEidDigits, ranges)) {
      const Eid first = *Eid::parse(interval.first.text());
      const Route* manager = table_.manager_of(first);
      if (manager != table_.manager_of(*Eid::parse(interval.last.text()))) {
        return differs("EIDs " + interval.text());
      }
      static_cast<void>(served_by(manager, first));
      line({{"eid", {interval.first.text(), interval.last.text()}},
            {"manager",
             manager == nullptr ? ordered_json() : ordered_json(manager->tenant.text())}});
      BERTH_TRY_VOID(enough());
    }
    return {};
  }

  // Of one kind of GID under one operator: none, each that a claim names, and any other.
  static std::vector<std::string> gids(std::span<const OwnedClaim> claims,
                                       std::string OperatorIdentity::*gid) {
    std::set<std::string> named;
    for (const OwnedClaim& owned : claims) named.insert(owned.claim.identity.*gid);
    named.erase("");
    std::vector<std::string> all(named.begin(), named.end());
    if (all.empty()) return {""};
    all.insert(all.begin(), "");
    std::string other = "00";
    while (named.contains(other)) other += "00";
    all.push_back(other);
    return all;
  }

  static std::vector<DigitRange> said(std::span<const OwnedClaim> claims,
                                      std::optional<DigitRange> tenancy::OperatorClaim::*range) {
    std::vector<DigitRange> all;
    for (const OwnedClaim& owned : claims) {
      if (owned.claim.*range) all.push_back(*(owned.claim.*range));
    }
    return all;
  }

  // Every interval of every size that a claim names; nothing when none does: any will do.
  static std::vector<std::optional<DigitRange>> cells(const std::vector<DigitRange>& ranges,
                                                      std::size_t min, std::size_t max) {
    if (ranges.empty()) return {std::nullopt};
    std::vector<std::optional<DigitRange>> all;
    for (std::size_t size = min; size <= max; ++size) {
      for (const DigitRange& interval : intervals(size, ranges)) all.emplace_back(interval);
    }
    return all;
  }

  Result<void> operators() {
    std::set<std::string> networks;
    for (const Route& route : table_.routes()) {
      for (const auto& claim : route.operators) networks.insert(claim.identity.mcc_mnc.text());
    }
    for (const std::string& digits : networks) BERTH_TRY_VOID(network(*MccMnc::parse(digits)));
    return others(networks);
  }

  Result<void> network(const MccMnc& mcc_mnc) {
    const auto claims = table_.operators().of(mcc_mnc);
    const auto imsis = cells(said(claims, &tenancy::OperatorClaim::imsis), kMinImsi, kMaxImsi);
    const auto iccids = cells(said(claims, &tenancy::OperatorClaim::iccids), kMinIccid, kMaxIccid);
    for (const std::string& gid1 : gids(claims, &OperatorIdentity::gid1_hex)) {
      for (const std::string& gid2 : gids(claims, &OperatorIdentity::gid2_hex)) {
        for (const auto& imsi : imsis) {
          for (const auto& iccid : iccids) {
            BERTH_TRY_VOID(cell({mcc_mnc, gid1, gid2}, imsi, iccid));
          }
          BERTH_TRY_VOID(enough());
        }
      }
    }
    return {};
  }

  // Whoever the stage lets pass in this cell: its owner, or nobody.
  Result<void> cell(const OperatorIdentity& identity, const std::optional<DigitRange>& imsi,
                    const std::optional<DigitRange>& iccid) {
    ProfileFacts first;
    ProfileFacts last;
    if (imsi) first.imsi = imsi->first, last.imsi = imsi->last;
    if (iccid) first.iccid = iccid->first, last.iccid = iccid->last;
    const auto owner = table_.owner_of(identity, first);
    const auto again = table_.owner_of(identity, last);
    const Route* route = owner ? owner->route : nullptr;
    if (route != (again ? again->route : nullptr)) {
      return differs("profiles of mccMnc " + identity.mcc_mnc.text());
    }
    ordered_json told{{"mccMnc", identity.mcc_mnc.text()}};
    if (!identity.gid1_hex.empty()) told["gid1"] = identity.gid1_hex;
    if (!identity.gid2_hex.empty()) told["gid2"] = identity.gid2_hex;
    if (imsi) told["imsi"] = {imsi->first.text(), imsi->last.text()};
    if (iccid) told["iccid"] = {iccid->first.text(), iccid->last.text()};
    told["tenant"] = route == nullptr ? ordered_json() : ordered_json(route->tenant.text());
    line(told);
    return {};
  }

  // No operator outside the document is anybody's: asked of every one of them.
  Result<void> others(const std::set<std::string>& networks) {
    std::size_t asked = 0;
    for (const std::size_t size : {std::size_t{5}, std::size_t{6}}) {
      for (std::optional<Digits> at = DigitRange::of_prefix("", size).first; at; at = at->next()) {
        const std::string digits = at->text();
        if (networks.contains(digits)) continue;
        if (table_.owner_of({*MccMnc::parse(digits), "", ""}, {})) {
          return differs("mccMnc " + digits);
        }
        ++asked;
      }
    }
    line({{"otherMccMncs", asked}, {"tenant", nullptr}});
    return {};
  }

  Result<void> iccids() {
    std::vector<DigitRange> ranges;
    for (const auto& owned : table_.iccids().ranges()) ranges.push_back(owned.range);
    for (std::size_t size = kMinIccid; size <= kMaxIccid; ++size) {
      for (const DigitRange& interval : intervals(size, ranges)) {
        const auto owner = table_.owner_of(*Iccid::parse(interval.first.text()));
        const auto again = table_.owner_of(*Iccid::parse(interval.last.text()));
        const Route* route = owner ? owner->route : nullptr;
        if (route != (again ? again->route : nullptr)) return differs("ICCIDs " + interval.text());
        line({{"iccid", {interval.first.text(), interval.last.text()}},
              {"tenant", route == nullptr ? ordered_json() : ordered_json(route->tenant.text())}});
        BERTH_TRY_VOID(enough());
      }
    }
    ordered_json bound = ordered_json::array();
    for (const Route& route : table_.routes()) {
      if (!route.iccid_ranges.empty()) bound.push_back(route.tenant.text());
    }
    line({{"iccidRangesAlone", std::move(bound)}});
    return {};
  }

  const RouteTable& table_;
  const Policies& policies_;
  std::map<std::string, ordered_json> served_by_;
  std::string text_;
  std::size_t lines_ = 0;
};

}  // namespace

Result<std::string> write_proof(const RouteTable& table, const Policies& policies,
                                const ProofHead& head) {
  return ProofWriter(table, policies).write(head);
}

std::string signature_line(const std::string& value_hex, const std::string& key_sha256) {
  return ordered_json{{"signature", value_hex}, {"key", key_sha256}}.dump() + "\n";
}

}  // namespace berth::routing
