// What a verified install result means for the profile, as one commit. Private to this folder.

#pragma once

#include "kernel/context/tenant_context.h"
#include "kernel/ledger/unit.h"
#include "kernel/rsp/sgp22/messages.h"
#include "kernel/smdpplus/failure.h"

namespace berth::smdpplus {

// The unit that records `result` for this attempt. An attempt that has ended, or a profile that
// moved on, yields a unit of evidence alone: signed facts are kept, never contradicted in place.
Result<ledger::Unit, Failure> install_unit(context::TenantContext& tenant,
                                           const ledger::AttemptRecord& attempt,
                                           const rsp::sgp22::ProfileInstallationResult& result);

}  // namespace berth::smdpplus
