#include "kernel/context/tenant_context.h"

#include <algorithm>

namespace berth::context {

using Confirmed = Result<void, tenancy::RouteRefusal>;

namespace {

constexpr std::size_t kMaxTold = 8;  // of each kind, in a refusal

// " eidPrefix 89049032 eidPrefix 89049033 and 7 more"
template <class Range, class Text>
void tell(std::string& told, const Range& all, Text text) {
  std::size_t count = 0;
  for (const auto& one : all) {
    if (count++ == kMaxTold) break;
    told += " " + text(one);
  }
  if (all.size() > kMaxTold) told += " and " + std::to_string(all.size() - kMaxTold) + " more";
}

}  // namespace

TenantContext::TenantContext(Parts parts) : parts_(std::move(parts)) {
  if (parts_.limits != nullptr) return;
  parts_.limits = std::make_shared<TenantLimits>(parts_.configuration.limits, parts_.clock);
}

TenantContext::TenantContext(const TenantContext& from,
                             std::shared_ptr<const tenancy::RouteTable> routes,
                             std::shared_ptr<const std::map<TenantId, tenancy::EidPolicy>> policies)
    : parts_(from.parts_), standing_(from.standing_) {
  const tenancy::Route* route = routes->by_tenant(id());
  BERTH_ASSERT(route != nullptr);
  parts_.route = *route;
  parts_.routes = std::move(routes);
  parts_.policies = std::move(policies);
}

// What this tenant's records may say: its own route, never whose card or operator it was.
Confirmed TenantContext::told_of_own_route(Confirmed confirmed) const {
  using Stage = tenancy::RouteRefusal::Stage;
  if (confirmed) return confirmed;
  tenancy::RouteRefusal refusal = std::move(confirmed).error();
  const tenancy::Route& own = parts_.route;
  const auto range = [](const char* member) {
    return [member](const tenancy::DigitRange& one) { return member + one.text(); };
  };
  std::string told;
  if (refusal.stage == Stage::kEid) {
    tell(told, own.eid_prefixes, [](const auto& one) { return "eidPrefix " + one.digits; });
    tell(told, own.eid_ranges, range("eidRange "));
    if (!own.eids.empty()) told += " " + std::to_string(own.eids.size()) + " eids";
  } else if (refusal.stage == Stage::kIccid) {
    tell(told, own.iccid_ranges, range("iccidRange "));
  } else {
    tell(told, own.operators, [](const auto& one) { return tenancy::describe(one); });
  }
  refusal.route = told.empty() ? id().text() : id().text() + ":" + told;
  return refusal;
}

Confirmed TenantContext::confirm(const Eid& eid) const {
  return told_of_own_route(
      parts_.routes->confirm_eid(id(), parts_.configuration.eid_policy, eid, *parts_.policies));
}

Confirmed TenantContext::confirm(const tenancy::OperatorIdentity& identity,
                                 const tenancy::ProfileFacts& facts) const {
  return told_of_own_route(parts_.routes->confirm_operator(id(), identity, facts));
}

Confirmed TenantContext::confirm(const Iccid& iccid) const {
  return told_of_own_route(parts_.routes->confirm_iccid(id(), iccid));
}

Confirmed TenantContext::confirm_imsi(std::string_view imsi, std::size_t mnc_digits,
                                      const std::string& gid1_hex, const std::string& gid2_hex,
                                      const Iccid& iccid) const {
  return told_of_own_route(
      parts_.routes->confirm_imsi(id(), imsi, mnc_digits, gid1_hex, gid2_hex, iccid));
}

Result<void, std::string> TenantContext::admits(const Eid& eid) const {
  switch (standing()) {
    case Standing::kActive:
      return {};
    case Standing::kSandbox: {
      const auto& cards = parts_.configuration.sandbox_eids;
      if (std::find(cards.begin(), cards.end(), eid) != cards.end()) return {};
      return std::string("the tenant is not active yet and the card is none of its sandbox");
    }
    case Standing::kSuspended:
      return std::string("the tenant is suspended");
    case Standing::kEnded:
      return std::string("the tenant has left this host");
  }
  return std::string("the tenant's standing is not known");
}

Confirmed TenantContext::confirm_address(std::string_view smdp_address) const {
  const tenancy::RouteRefusal refusal{tenancy::RouteRefusal::Stage::kRealm,
                                      id().text() + ": activationRealm " + realm().text(),
                                      "the device named another server than the one it reached"};
  const auto name = HostName::parse(smdp_address);
  if (!name) return refusal;
  const tenancy::Route* route = parts_.routes->by_realm(*name);
  if (route == nullptr || route->tenant != id()) return refusal;
  return {};
}

}  // namespace berth::context
