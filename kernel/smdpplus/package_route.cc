#include "kernel/smdpplus/package_route.h"

namespace berth::smdpplus {
namespace {

Failure denied(std::string_view reason, const std::string& what,
               const tenancy::RouteRefusal& refusal) {
  return Error(ErrorCode::kPermissionDenied, reason,
               what + " (" + refusal.route + "); " + refusal.message);
}

Result<void, Failure> check_owner(const context::TenantContext& tenant,
                                  const tenancy::OperatorIdentity& owner,
                                  const saip::Package& package) {
  tenancy::ProfileFacts facts{.imsi = {}, .iccid = tenancy::Digits::of(package.iccid)};
  if (package.imsi) facts.imsi = tenancy::Digits::of(*package.imsi);
  const auto confirmed = tenant.confirm(owner, facts);
  if (confirmed) return {};
  return denied("profile.foreign_operator",
                "operator " + owner.mcc_mnc.text() + " is not this tenant's", confirmed.error());
}

}  // namespace

Result<void, Failure> check_package_route(const context::TenantContext& tenant,
                                          const std::optional<tenancy::OperatorIdentity>& owner,
                                          const saip::Package& package) {
  if (owner) {
    if (auto good = check_owner(tenant, *owner, package); !good) return good;
  }
  // The first IMSI stands behind the owner, and is checked against it besides (check_package).
  for (std::size_t i = owner ? 1 : 0; i < package.subscribers.size(); ++i) {
    const saip::Subscriber& subscriber = package.subscribers[i];
    const bool first = i == 0;
    const auto confirmed =
        tenant.confirm_imsi(subscriber.imsi, subscriber.mnc_digits,
                            first ? package.gid1_hex.value_or("") : std::string(),
                            first ? package.gid2_hex.value_or("") : std::string(), package.iccid);
    if (confirmed) continue;
    return denied("profile.foreign_imsi",
                  "IMSI " + std::to_string(i + 1) + " of " +
                      std::to_string(package.subscribers.size()) +
                      " in the package is not this tenant's",
                  confirmed.error());
  }
  if (const auto confirmed = tenant.confirm(package.iccid); !confirmed) {
    return denied("profile.foreign_iccid",
                  "ICCID " + package.iccid.masked() + " is not this tenant's", confirmed.error());
  }
  return {};
}

}  // namespace berth::smdpplus
