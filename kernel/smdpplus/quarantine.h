// The release of a quarantined profile by people, for cards that will never speak again (R106).
// docs/decisions/quarantine.md; who may is kernel/api/approvals.h.
//
// Thread-safe. One ledger commit with event, usage fact and audit record.

#pragma once

#include <string>

#include "kernel/context/tenant_context.h"
#include "kernel/lifecycle/quarantine_release.h"
#include "kernel/smdpplus/failure.h"

namespace berth::smdpplus {

struct QuarantineRelease {
  std::string approval_id;  // a UUID: names this release, so that it happens once
  Iccid iccid;
  lifecycle::ReleaseTo to = lifecycle::ReleaseTo::kUnavailable;
};

// Could it be released as things stand? kNotFound "profile.unknown"; kFailedPrecondition
// "quarantine.none" (there is nothing to release), "quarantine.installed" (the card has it: order
// its deletion instead).
Result<void> check_quarantine_release(context::TenantContext& tenant, const Iccid& iccid,
                                      lifecycle::ReleaseTo to);

// Ends the quarantine and whatever order is open; back in stock it is no card's any more. Called
// again with the same approval it is done already. Errors as above; kUnavailable when the ledger
// cannot tell or others kept changing the profile: call again.
Result<void> release_quarantine(context::TenantContext& tenant, const QuarantineRelease& release);

}  // namespace berth::smdpplus
