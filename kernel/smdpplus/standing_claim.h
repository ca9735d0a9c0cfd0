// Whose a profile stays when an order for it ends without a download. Private to this folder.

#pragma once

#include <optional>

#include "kernel/context/tenant_context.h"
#include "kernel/smdpplus/failure.h"

namespace berth::smdpplus {

// The card that keeps its claim: one the profile was deleted from, when the type's reuse policy
// gives it back to the same card. `profile` as it was while ordered.
Result<std::optional<Eid>, Failure> standing_claim(context::TenantContext& tenant,
                                                   const ledger::ProfileRecord& profile);

}  // namespace berth::smdpplus
