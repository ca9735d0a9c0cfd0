// What ends by itself: orders whose time is over, attempts nobody finished. The host calls this
// every few seconds for each tenant. Private to this folder.

#pragma once

#include "kernel/context/tenant_context.h"

namespace berth::smdpplus {

// Closes orders past their last millisecond; profiles of which no package left go back to stock
// (R106). Failures are logged and tried again in the next round. True: its time was up, and there
// is more to do at once.
bool sweep_orders(context::TenantContext& tenant);

// Gives every attempt its final event (R72): one that never fetched a package within a session's
// life, and one whose result did not come within the tenant's attemptTimeoutMs (UNKNOWN).
bool sweep_attempts(context::TenantContext& tenant, std::uint32_t session_lifetime_ms);

}  // namespace berth::smdpplus
