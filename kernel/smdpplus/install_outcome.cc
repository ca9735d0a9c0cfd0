#include "kernel/smdpplus/install_outcome.h"

#include <algorithm>

#include "kernel/rsp/sgp22/install_result.h"
#include "kernel/smdpplus/order_end.h"
#include "kernel/smdpplus/profile_step.h"
#include "kernel/smdpplus/result_code.h"

namespace berth::smdpplus {
namespace {

using ledger::AttemptState;
using lifecycle::ProfileInput;
using rsp::sgp22::ProfileInstallationResult;

// BppCommandIds behind the card's look whether it has the ICCID already (SGP.22 §2.5.6).
constexpr std::uint64_t kReplaceSessionKeys = 4;
constexpr std::uint64_t kLoadProfileElements = 5;
constexpr std::uint64_t kIccidAlreadyExists = 9;

// Everything the decision rests on.
struct Facts {
  const ledger::AttemptRecord& attempt;
  const ProfileInstallationResult& result;
  ledger::ProfileRecord profile;
  ledger::OrderRecord order;                         // of the attempt
  std::optional<ledger::OrderRecord> current_order;  // of the profile, when it is open
  bool armed_over_unknown = false;  // the profile's last order began with packages unaccounted for
  std::vector<ledger::AttemptRecord> attempts;  // of the attempt's order

  const ProfileInstallationResult::Failure* failure() const {
    return std::get_if<ProfileInstallationResult::Failure>(&result.result);
  }
};

Result<Facts, Failure> gather(context::TenantContext& tenant, const ledger::AttemptRecord& attempt,
                              const ProfileInstallationResult& result) {
  auto profile = tenant.ledger().profile(attempt.iccid);
  if (!profile) return Failure(std::move(profile).error());
  auto order = tenant.ledger().order(attempt.order_id);
  if (!order) return Failure(std::move(order).error());
  auto attempts = tenant.ledger().attempts_of(attempt.order_id);
  if (!attempts) return Failure(std::move(attempts).error());
  if (!*profile || !*order) {
    return Failure(Error(ErrorCode::kDataLoss, "ledger.attempt_without_order",
                         "a download attempt refers to rows that are not there"));
  }
  Facts facts{attempt,      result, std::move(**profile), std::move(**order),
              std::nullopt, false,  std::move(*attempts)};
  auto current = tenant.ledger().order(facts.profile.order_id);
  if (!current) return Failure(std::move(current).error());
  facts.armed_over_unknown = *current && (*current)->inherits_quarantine;
  if (*current && (*current)->open) facts.current_order = std::move(**current);
  return facts;
}

// Was no package of this profile sent after the one this result is of?
bool is_latest(const Facts& facts) {
  return facts.profile.order_id == facts.attempt.order_id &&
         std::none_of(facts.attempts.begin(), facts.attempts.end(), [&](const auto& other) {
           return other.number > facts.attempt.number && package_left(other.state);
         });
}

// A card works off one session after the other, so the latest failure speaks for all packages
// before it, provided the card had looked whether the ICCID is there.
bool proves_absence(const Facts& facts) {
  const auto& failure = *facts.failure();
  if (failure.error_reason == kIccidAlreadyExists) return false;
  if (failure.bpp_command_id == kReplaceSessionKeys ||
      failure.bpp_command_id == kLoadProfileElements) {
    return true;
  }
  const auto sent = std::count_if(facts.attempts.begin(), facts.attempts.end(),
                                  [](const auto& one) { return package_left(one.state); });
  return sent <= 1 && !facts.order.inherits_quarantine;
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

// Empty: the result says nothing new about the profile.
std::optional<lifecycle::ProfileTransition> transition_of(const Facts& facts) {
  if (facts.profile.eid != facts.attempt.eid) return std::nullopt;
  // Of an order before, whose packages are all accounted for: the profile lives another life.
  if (facts.attempt.order_id != facts.profile.order_id && !facts.armed_over_unknown) {
    return std::nullopt;
  }
  const auto try_input = [&](ProfileInput input) -> std::optional<lifecycle::ProfileTransition> {
    auto applied = lifecycle::apply(facts.profile.state, input, facts.profile.quarantined);
    if (!applied) return std::nullopt;
    return *applied;
  };
  const auto* failure = facts.failure();
  if (failure == nullptr) return try_input(ProfileInput::kInstalled);
  if (!is_latest(facts)) return std::nullopt;
  const bool proven = proves_absence(facts);
  auto transition = try_input(failure_input(facts, proven));
  // The order ended while this package was out; now it is accounted for.
  if (!transition && proven && facts.profile.quarantined) {
    transition = try_input(ProfileInput::kProvenNotInstalled);
  }
  return transition;
}

// One order, one charge: for the first signed success of any of its attempts, whatever has become
// of the profile meanwhile.
bool is_charged(const Facts& facts) {
  return std::none_of(facts.attempts.begin(), facts.attempts.end(),
                      [](const auto& other) { return other.state == AttemptState::kInstalled; });
}

void move_profile(const Facts& facts, const lifecycle::ProfileTransition& transition,
                  ledger::Unit& unit) {
  ledger::ProfileRecord next = advanced(facts.profile, transition);
  if (facts.failure() == nullptr) next.installations += 1;
  // Under an order that was armed over packages nobody spoke of: this result accounts for one of
  // them, and whether there are more cannot be told.
  if (facts.attempt.order_id != facts.profile.order_id) next.quarantined = true;
  unit.changes.push_back(ledger::UpdateProfile{std::move(next), facts.profile.revision});
  if (facts.current_order && (transition.effects.final_for_order || transition.effects.accounts)) {
    ledger::OrderRecord order = *facts.current_order;
    if (transition.effects.final_for_order) order.open = false;
    if (transition.effects.accounts) order.inherits_quarantine = false;
    order.revision += 1;
    unit.changes.push_back(ledger::UpdateOrder{order, facts.current_order->revision, false});
  }
  if (transition.effects.drops_binding) {
    unit.changes.push_back(ledger::DropBinding{facts.profile.iccid});
  }
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

void tell(const context::TenantContext& tenant, const Facts& facts,
          const std::optional<lifecycle::ProfileTransition>& transition, ledger::Unit& unit) {
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
  const lifecycle::ProfileState state = transition ? transition->next : facts.profile.state;
  const bool quarantined = transition ? transition->quarantined : facts.profile.quarantined;
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
                            {"state", std::string(lifecycle::to_string(state))},
                            {"quarantined", quarantined ? "true" : ""}});
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
  unit.commit_id = new_commit_id(tenant.random());
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
  const auto transition = transition_of(*facts);
  if (transition) {
    move_profile(*facts, *transition, unit);
  } else if (success) {
    // Whether it is charged depends on the order's other attempts: only one decision at a time.
    ledger::OrderRecord order = facts->order;
    order.revision += 1;
    unit.changes.push_back(ledger::UpdateOrder{order, facts->order.revision, false});
  }
  tell(tenant, *facts, transition, unit);
  end_attempt(tenant, unit, attempt, success ? AttemptState::kInstalled : AttemptState::kFailed);
  made.ended_for_good = !success && transition && transition->effects.final_for_order &&
                        transition->next == lifecycle::ProfileState::kError &&
                        !transition->quarantined;
  return made;
}

}  // namespace berth::smdpplus
