#include "kernel/smdpplus/install_outcome.h"

#include "kernel/lifecycle/profile.h"
#include "kernel/rsp/sgp22/install_result.h"
#include "kernel/smdpplus/drafts.h"
#include "kernel/smdpplus/result_code.h"

namespace berth::smdpplus {
namespace {

using lifecycle::ProfileInput;
using rsp::sgp22::ProfileInstallationResult;

ledger::EvidenceRecord evidence_of(const context::TenantContext& tenant,
                                   const ledger::AttemptRecord& attempt,
                                   const ProfileInstallationResult& result) {
  return {.eid = attempt.eid,
          .sequence_number = result.metadata.sequence_number,
          .digest = sha256(result.data),
          .operation = "install",
          .iccid = attempt.iccid,
          .notification = result.whole,
          .received_ms = tenant.clock().now_ms()};
}

ProfileInput input_for(const ProfileInstallationResult& result) {
  const auto* failure = std::get_if<ProfileInstallationResult::Failure>(&result.result);
  if (failure == nullptr) return ProfileInput::kInstalled;
  return rsp::sgp22::install_failure(failure->error_reason).failure_class ==
                 rsp::sgp22::FailureClass::kTemporary
             ? ProfileInput::kInstallFailedTemporarily
             : ProfileInput::kInstallFailedPermanently;
}

std::string result_code_for(const ProfileInstallationResult& result) {
  const auto* failure = std::get_if<ProfileInstallationResult::Failure>(&result.result);
  return failure == nullptr ? std::string(kResultSuccess)
                            : install_error_code(failure->error_reason);
}

}  // namespace

Result<ledger::Unit, Failure> install_unit(context::TenantContext& tenant,
                                           const ledger::AttemptRecord& attempt,
                                           const ProfileInstallationResult& result) {
  ledger::Unit unit;
  unit.commit_id = new_commit_id(tenant.random());
  unit.changes.push_back(ledger::InsertEvidence{evidence_of(tenant, attempt, result)});
  const ledger::Subject subject{ledger::SubjectKind::kProfile, attempt.iccid.text()};
  const std::string code = result_code_for(result);
  const bool success = code == kResultSuccess;

  auto profile = tenant.ledger().profile(attempt.iccid);
  if (!profile) return Failure(std::move(profile).error());
  auto order = tenant.ledger().order(attempt.order_id);
  if (!order) return Failure(std::move(order).error());
  if (!*profile || !*order) {
    return Failure(Error(ErrorCode::kDataLoss, "ledger.attempt_without_order",
                         "a download attempt refers to rows that are not there"));
  }
  const auto transition = lifecycle::apply((*profile)->state, input_for(result));
  if (attempt.state != ledger::AttemptState::kDelivered || !transition) {
    unit.audit = audit_draft("download.late_result", subject,
                             {{"resultCode", code}, {"orderId", attempt.order_id}});
    return unit;
  }

  ledger::AttemptRecord ended = attempt;
  ended.state = success ? ledger::AttemptState::kInstalled : ledger::AttemptState::kFailed;
  ended.ended_ms = tenant.clock().now_ms();
  ended.revision += 1;
  unit.changes.push_back(ledger::UpdateAttempt{ended, attempt.revision});
  ledger::ProfileRecord next = **profile;
  next.state = transition->next;
  next.revision += 1;
  unit.changes.push_back(ledger::UpdateProfile{next, (*profile)->revision});
  if (transition->effects.final_for_order) {
    ledger::OrderRecord closed = **order;
    closed.open = false;
    closed.revision += 1;
    unit.changes.push_back(ledger::UpdateOrder{closed, (*order)->revision, false});
  }
  if (transition->effects.drops_binding) {
    unit.changes.push_back(ledger::DropBinding{attempt.iccid});
  }
  unit.event = event_draft(tenant, "profileDownloadResult",
                           {.correlation_id = (*order)->correlation_id,
                            .order_id = attempt.order_id,
                            .eid = attempt.eid,
                            .iccid = attempt.iccid,
                            .stage = "",
                            .result = success ? "SUCCESS" : "FAILED",
                            .result_code = code,
                            .attempt = attempt.number});
  unit.usage = usage_draft(success ? "profile.downloaded" : "download.failed", attempt.order_id,
                           {{"resultCode", code}});
  std::string why;
  if (const auto* failure = std::get_if<ProfileInstallationResult::Failure>(&result.result)) {
    why = std::string(rsp::sgp22::install_failure(failure->error_reason).name);
  }
  unit.audit = audit_draft(success ? "download.installed" : "download.failed", subject,
                           {{"orderId", attempt.order_id},
                            {"eid", std::string(attempt.eid.text())},
                            {"resultCode", code},
                            {"error", why},
                            {"state", std::string(lifecycle::to_string(next.state))}});
  return unit;
}

}  // namespace berth::smdpplus
