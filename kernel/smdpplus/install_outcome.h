// What a verified install result means, as one commit. Private to this folder.

#pragma once

#include "kernel/context/tenant_context.h"
#include "kernel/ledger/unit.h"
#include "kernel/rsp/sgp22/messages.h"
#include "kernel/smdpplus/failure.h"

namespace berth::smdpplus {

// The unit that records `result` for this attempt: the attempt's one final event, or, after that
// one, the event that reconciles it (R72). A card's word is never refused; what contradicts an
// earlier signed word is kept as evidence and changes nothing.
struct InstallUnit {
  ledger::Unit unit;
  bool ended_for_good = false;  // this failure ended the order and proves nothing is there
};
Result<InstallUnit, Failure> install_unit(context::TenantContext& tenant,
                                          const ledger::AttemptRecord& attempt,
                                          const rsp::sgp22::ProfileInstallationResult& result);

}  // namespace berth::smdpplus
