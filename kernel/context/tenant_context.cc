#include "kernel/context/tenant_context.h"

namespace berth::context {

Result<void, tenancy::RouteRefusal> TenantContext::confirm(const Eid& eid) const {
  return parts_.routes->confirm_eid(id(), parts_.configuration.eid_policy, eid, *parts_.policies);
}

Result<void, tenancy::RouteRefusal> TenantContext::confirm(
    const tenancy::OperatorIdentity& identity) const {
  return parts_.routes->confirm_operator(id(), identity);
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
