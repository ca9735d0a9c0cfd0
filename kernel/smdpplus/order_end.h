// How an order ends without an installation: one unit that closes it, moves the profile, and tells
// the tenant. Private to this folder.

#pragma once

#include <string>

#include "kernel/context/tenant_context.h"
#include "kernel/lifecycle/profile.h"
#include "kernel/smdpplus/drafts.h"
#include "kernel/smdpplus/progress_report.h"

namespace berth::smdpplus {

struct OrderEnd {
  lifecycle::ProfileInput input;
  std::string event;        // "profileDownloadResult"
  std::string result;       // "FAILED"
  std::string result_code;  // "RSP-4300"
  std::optional<Eid> eid;
  std::uint32_t attempt = 0;
  std::string audit;  // "order.attempts_exceeded"
  std::string usage;  // "download.attempts_exceeded"
  std::string why;    // for the audit record; may be empty
  std::optional<Progress> progress;
  std::string supersedes = {};  // the final event that this one corrects
};

// `order` and `profile` as read; `order` may carry further changes of this commit but keeps the
// revision it was read at. Empty: the profile is in no state that this could end.
std::optional<ledger::Unit> order_end_unit(context::TenantContext& tenant,
                                           const ledger::ProfileRecord& profile,
                                           const ledger::OrderRecord& order, const OrderEnd& end);

// Has a package left in this attempt?
inline bool package_left(ledger::AttemptState state) {
  return state != ledger::AttemptState::kAuthenticated && state != ledger::AttemptState::kAbandoned;
}

// Adds the end of an attempt: its state, and the unit's event as its one final event (R72).
void end_attempt(const context::TenantContext& tenant, ledger::Unit& unit,
                 const ledger::AttemptRecord& attempt, ledger::AttemptState state);

}  // namespace berth::smdpplus
