#include "kernel/context/tenant_context.h"

#include <algorithm>

namespace berth::context {

// What this tenant's records may say: its own route, never whose card or operator it was.
tenancy::RouteRefusal TenantContext::told_of_own_route(tenancy::RouteRefusal refusal) const {
  std::string route = id().text() + ":";
  if (refusal.stage == tenancy::RouteRefusal::Stage::kEid) {
    for (const auto& prefix : parts_.route.eid_prefixes) route += " eidPrefix " + prefix.digits;
  } else {
    for (const auto& identity : parts_.route.operators) {
      route += " mccMnc " + identity.mcc_mnc.text();
    }
  }
  refusal.route = route == id().text() + ":" ? id().text() : route;
  return refusal;
}

Result<void, tenancy::RouteRefusal> TenantContext::confirm(const Eid& eid) const {
  auto confirmed =
      parts_.routes->confirm_eid(id(), parts_.configuration.eid_policy, eid, *parts_.policies);
  return confirmed ? confirmed : told_of_own_route(std::move(confirmed).error());
}

Result<void, tenancy::RouteRefusal> TenantContext::confirm(
    const tenancy::OperatorIdentity& identity) const {
  auto confirmed = parts_.routes->confirm_operator(id(), identity);
  return confirmed ? confirmed : told_of_own_route(std::move(confirmed).error());
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

Result<void, tenancy::RouteRefusal> TenantContext::confirm_address(
    std::string_view smdp_address) const {
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
