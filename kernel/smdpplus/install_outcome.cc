#include "kernel/smdpplus/install_outcome.h"

#include <algorithm>

#include "kernel/rsp/sgp22/install_result.h"
#include "kernel/smdpplus/account_step.h"
#include "kernel/smdpplus/order_end.h"
#include "kernel/smdpplus/rearm_reminder.h"
#include "kernel/smdpplus/result_code.h"

namespace berth::smdpplus {
namespace {

using ledger::AttemptState;
using lifecycle::ProfileInput;
using lifecycle::ProfileState;
using rsp::sgp22::ProfileInstallationResult;

// Everything the decision rests on.
struct Facts {
  const ledger::AttemptRecord& attempt;
  const ProfileInstallationResult& result;
  ledger::ProfileRecord profile;
  ledger::OrderRecord order;                         // of the attempt
  std::optional<ledger::OrderRecord> current_order;  // of the profile
  std::vector<ledger::AttemptRecord> deliveries;     // of the profile, the latest first

  const ProfileInstallationResult::Failure* failure() const {
    return std::get_if<ProfileInstallationResult::Failure>(&result.result);
  }
  // Else the profile serves another card by now, or nobody: the word changes nothing of it.
  bool of_this_card() const { return profile.eid == attempt.eid && awaits_words(profile); }
};

Result<Facts, Failure> gather(context::TenantContext& tenant, const ledger::AttemptRecord& attempt,
                              const ProfileInstallationResult& result) {
  // The profile first: words and deliveries change it in their commits, so that one which comes in
  // between lets this decision be made anew.
  auto profile = tenant.ledger().profile(attempt.iccid);
  if (!profile) return Failure(std::move(profile).error());
  auto order = tenant.ledger().order(attempt.order_id);
  if (!order) return Failure(std::move(order).error());
  auto deliveries = tenant.ledger().deliveries_of(attempt.iccid, kMaxDeliveries);
  if (!deliveries) return Failure(std::move(deliveries).error());
  if (!*profile || !*order) {
    return Failure(Error(ErrorCode::kDataLoss, "ledger.attempt_without_order",
                         "a download attempt refers to rows that are not there"));
  }
  Facts facts{attempt,
              result,
              std::move(**profile),
              std::move(**order),
              std::nullopt,
              std::move(*deliveries)};
  if (facts.profile.order_id == facts.order.order_id) {
    facts.current_order = facts.order;
    return facts;
  }
  auto current = tenant.ledger().order(facts.profile.order_id);
  if (!current) return Failure(std::move(current).error());
  facts.current_order = std::move(*current);
  return facts;
}

ProfileInput failure_input(const Facts& facts, bool proven) {
  const bool temporary = rsp::sgp22::install_failure(facts.failure()->error_reason).failure_class ==
                         rsp::sgp22::FailureClass::kTemporary;
  if (temporary) {
    return proven ? ProfileInput::kInstallFailedTemporarilyProven
                  : ProfileInput::kInstallFailedTemporarily;
  }
  return proven ? ProfileInput::kInstallFailedPermanently : ProfileInput::kInstallFailedUnproven;
}

// The success of a package of the profile's present life.
void take_success(const PackageAccount& account, AccountStep& step) {
  if (step.profile.state == ProfileState::kInstalled) {
    step.profile.installations += 1;  // deleted in between, of which word is still to come
    return;
  }
  if (!step.take(ProfileInput::kInstalled)) return;
  step.profile.installations += 1;
  step.profile.quarantined = !account.complete;  // a later package may be there besides
}

// What this word makes of the profile, which is of_this_card().
Result<AccountStep, Failure> step_of(context::TenantContext& tenant, const Facts& facts) {
  AccountStep step{facts.profile};
  auto papers = papers_of(tenant, facts.profile, facts.current_order, facts.deliveries);
  if (!papers) return std::move(papers).error();
  papers->add(facts.attempt.transaction_id, facts.result);
  const PackageAccount account = account_of(*papers);
  const auto mine = std::find_if(
      papers->deliveries.begin(), papers->deliveries.end(),
      [&](const auto& one) { return one.transaction_id == facts.attempt.transaction_id; });
  if (mine == papers->deliveries.end()) return step;  // sent so often since that it is out of sight
  if (facts.failure() == nullptr) {
    if (mine->of_this_life) take_success(account, step);
  } else if (mine == papers->deliveries.begin() &&
             facts.attempt.order_id == facts.profile.order_id) {
    // Only the latest package's failure is the order's.
    step.take(failure_input(facts, account.absent && !account.absent_by_deletion));
  }
  if (auto settled = settle(tenant, account, step); !settled) return std::move(settled).error();
  return step;
}

// One order, one charge: for the first signed success of any of its attempts, whatever has become
// of the profile meanwhile.
bool is_charged(const Facts& facts) {
  return std::none_of(facts.deliveries.begin(), facts.deliveries.end(), [&](const auto& other) {
    return other.order_id == facts.attempt.order_id && other.state == AttemptState::kInstalled;
  });
}

std::string code_of(const Facts& facts) {
  return facts.failure() == nullptr ? std::string(kResultSuccess)
                                    : install_error_code(facts.failure()->error_reason);
}

// The attempt had a signed result already, or never a package: kept, changes nothing.
void keep_only(const Facts& facts, ledger::Unit& unit) {
  const bool success = facts.failure() == nullptr;
  const bool contradicts = (facts.attempt.state == AttemptState::kInstalled && !success) ||
                           (facts.attempt.state == AttemptState::kFailed && success);
  unit.audit = audit_draft(contradicts ? "download.contradiction" : "download.late_result",
                           {ledger::SubjectKind::kProfile, facts.attempt.iccid.text()},
                           {{"resultCode", code_of(facts)}, {"orderId", facts.attempt.order_id}});
}

// `profile`: as it will be.
void tell(const context::TenantContext& tenant, const Facts& facts,
          const ledger::ProfileRecord& profile, ledger::Unit& unit) {
  const auto* failure = facts.failure();
  const bool success = failure == nullptr;
  const bool first = facts.attempt.state == AttemptState::kDelivered;
  const std::string code = code_of(facts);
  unit.event = event_draft(tenant, first ? "profileDownloadResult" : "profileDownloadReconciled",
                           {.correlation_id = facts.order.correlation_id,
                            .order_id = facts.attempt.order_id,
                            .eid = facts.attempt.eid,
                            .iccid = facts.attempt.iccid,
                            .stage = "",
                            .result = success ? "SUCCESS" : "FAILED",
                            .result_code = code,
                            .attempt = facts.attempt.number,
                            .supersedes = first ? "" : facts.attempt.final_event_id});
  unit.usage = usage_draft(!success            ? "download.failed"
                           : is_charged(facts) ? "profile.downloaded"
                                               : "download.repeated",
                           facts.attempt.order_id, {{"resultCode", code}});
  std::string why;
  if (!success) why = std::string(rsp::sgp22::install_failure(failure->error_reason).name);
  unit.audit = audit_draft(!first    ? "download.reconciled"
                           : success ? "download.installed"
                                     : "download.failed",
                           {ledger::SubjectKind::kProfile, facts.attempt.iccid.text()},
                           {{"orderId", facts.attempt.order_id},
                            {"eid", std::string(facts.attempt.eid.text())},
                            {"resultCode", code},
                            {"error", why},
                            {"state", std::string(lifecycle::to_string(profile.state))},
                            {"quarantined", profile.quarantined ? "true" : ""}});
  Progress progress{kPointInstalled,     facts.attempt.eid,
                    facts.attempt.iccid, facts.profile.profile_type,
                    std::nullopt,        facts.result.whole};
  if (!success) progress.failure = install_error_report(failure->error_reason);
  add_progress(tenant, unit, progress);
}

}  // namespace

Result<InstallUnit, Failure> install_unit(context::TenantContext& tenant,
                                          const ledger::AttemptRecord& attempt,
                                          const ProfileInstallationResult& result) {
  auto facts = gather(tenant, attempt, result);
  if (!facts) return std::move(facts).error();
  InstallUnit made;
  ledger::Unit& unit = made.unit;
  unit.commit_id = new_commit_id(tenant);
  unit.changes.push_back(ledger::InsertEvidence{{.eid = attempt.eid,
                                                 .sequence_number = result.metadata.sequence_number,
                                                 .digest = sha256(result.data),
                                                 .operation = "install",
                                                 .iccid = attempt.iccid,
                                                 .notification = result.whole,
                                                 .received_ms = tenant.clock().now_ms()}});
  if (!package_left(attempt.state) || attempt.state == AttemptState::kInstalled ||
      attempt.state == AttemptState::kFailed) {
    keep_only(*facts, unit);
    return made;
  }
  const bool success = facts->failure() == nullptr;
  AccountStep step{facts->profile};
  if (facts->of_this_card()) {
    auto taken = step_of(tenant, *facts);
    if (!taken) return std::move(taken).error();
    step = std::move(*taken);
    add_step(facts->profile, facts->current_order, step, unit);
  } else if (success) {
    // Whether it is charged depends on the order's other attempts: only one decision at a time.
    ledger::OrderRecord order = facts->order;
    order.revision += 1;
    unit.changes.push_back(ledger::UpdateOrder{order, facts->order.revision, false});
  }
  tell(tenant, *facts, step.profile, unit);
  end_attempt(tenant, unit, attempt, success ? AttemptState::kInstalled : AttemptState::kFailed);
  made.ended_for_good = !success && step.ends_order && !step.profile.quarantined &&
                        step.profile.state == ProfileState::kError;
  if (made.ended_for_good && tenant.configuration().rearm_after_error_max > 0) {
    unit.changes.push_back(ledger::InsertPendingNotification{rearm_reminder(attempt.order_id)});
  }
  return made;
}

}  // namespace berth::smdpplus
