// A profile package against the routes: is every number in it the tenant's own?

#pragma once

#include <optional>

#include "kernel/context/tenant_context.h"
#include "kernel/saip/package.h"
#include "kernel/smdpplus/failure.h"

namespace berth::smdpplus {

// The owner, when one is said, with the first IMSI, the GIDs and the ICCID; without an owner the
// first IMSI says the operator. Every further IMSI is of an operator of the tenant, too. The ICCID
// is none that another tenant was given. kPermissionDenied: "profile.foreign_operator",
// "profile.foreign_imsi", "profile.foreign_iccid".
Result<void, Failure> check_package_route(const context::TenantContext& tenant,
                                          const std::optional<tenancy::OperatorIdentity>& owner,
                                          const saip::Package& package);

}  // namespace berth::smdpplus
