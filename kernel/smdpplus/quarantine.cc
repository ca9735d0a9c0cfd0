#include "kernel/smdpplus/quarantine.h"

#include <algorithm>

#include "kernel/smdpplus/commit.h"
#include "kernel/smdpplus/drafts.h"
#include "kernel/smdpplus/profile_step.h"

namespace berth::smdpplus {
namespace {

using lifecycle::ProfileRefusal;

Error unreleasable(const ledger::ProfileRecord& profile, ProfileRefusal refusal) {
  const std::string state(lifecycle::to_string(profile.state));
  if (refusal == ProfileRefusal::kAlreadyInstalled) {
    return {ErrorCode::kFailedPrecondition, "quarantine.installed",
            "its card has signed that the profile is installed; have it deleted there"};
  }
  return {ErrorCode::kFailedPrecondition, "quarantine.none",
          "the profile is " + state + " and no package of it is unaccounted for"};
}

Result<ledger::ProfileRecord> read(context::TenantContext& tenant, const Iccid& iccid) {
  BERTH_TRY(profile, tenant.ledger().profile(iccid));
  if (profile) return *std::move(profile);
  return Error(ErrorCode::kNotFound, "profile.unknown",
               "this tenant has no profile with that ICCID; berthctl profile list shows them");
}

Error of(Failure failure) {
  if (auto* error = std::get_if<Error>(&failure)) return std::move(*error);
  return {ErrorCode::kInternal, "quarantine.refused", std::get<rsp::RspError>(failure).message};
}

std::string commit_id_of(const QuarantineRelease& release) {
  std::string id = release.approval_id;
  std::erase(id, '-');
  return id;
}

Result<ledger::Unit> unit_of(context::TenantContext& tenant, const QuarantineRelease& release) {
  BERTH_TRY(profile, read(tenant, release.iccid));
  const auto transition =
      lifecycle::release_quarantine(profile.state, profile.quarantined, release.to);
  if (!transition) return unreleasable(profile, transition.error());
  BERTH_TRY(order, tenant.ledger().order(profile.order_id));
  ledger::ProfileRecord next = advanced(profile, *transition);
  const std::string card = profile.eid ? std::string(profile.eid->text()) : std::string();
  // No claim of the card's is left: whoever orders it next may have it, on any card.
  next.eid.reset();
  ledger::Unit unit;
  unit.commit_id = commit_id_of(release);
  unit.changes = {ledger::UpdateProfile{next, profile.revision},
                  ledger::DropBinding{profile.iccid}};
  if (order && order->open) {
    ledger::OrderRecord closed = *order;
    closed.open = false;
    closed.revision += 1;
    unit.changes.emplace_back(ledger::UpdateOrder{std::move(closed), order->revision, false});
  }
  const std::string state(lifecycle::to_string(transition->next));
  unit.event = event_draft(tenant, "profileQuarantineReleased",
                           {.correlation_id = order ? order->correlation_id : release.approval_id,
                            .order_id = profile.order_id,
                            .eid = profile.eid,
                            .iccid = profile.iccid,
                            .stage = state,
                            .result = "SUCCESS",
                            .result_code = {}});
  unit.usage = usage_draft("quarantine.released", profile.order_id);
  unit.audit =
      audit_draft("quarantine.released", {ledger::SubjectKind::kProfile, profile.iccid.text()},
                  {{"orderId", profile.order_id},
                   {"eid", card},
                   {"approval", release.approval_id},
                   {"state", state}});
  return unit;
}

}  // namespace

Result<void> check_quarantine_release(context::TenantContext& tenant, const Iccid& iccid,
                                      lifecycle::ReleaseTo to) {
  BERTH_TRY(profile, read(tenant, iccid));
  const auto transition = lifecycle::release_quarantine(profile.state, profile.quarantined, to);
  if (!transition) return unreleasable(profile, transition.error());
  return {};
}

Result<void> release_quarantine(context::TenantContext& tenant, const QuarantineRelease& release) {
  const ledger::Outcome before = tenant.ledger().resolve(commit_id_of(release));
  if (std::holds_alternative<ledger::Committed>(before)) return {};
  if (std::holds_alternative<ledger::Unknown>(before)) {
    return Error(ErrorCode::kUnavailable, kOutcomeUnknown,
                 "the ledger cannot tell whether the quarantine was released");
  }
  for (int round = 0; round < kMaxDecisions; ++round) {
    BERTH_TRY(unit, unit_of(tenant, release));
    auto done = commit(tenant.ledger(), std::move(unit));
    if (!done) return of(std::move(done).error());
    if (std::holds_alternative<ledger::Committed>(*done)) return {};
  }
  return contention_error();
}

}  // namespace berth::smdpplus
