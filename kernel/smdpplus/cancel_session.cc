// ES9+.CancelSession (SGP.22 §5.6.5).

#include "kernel/lifecycle/profile.h"
#include "kernel/rsp/sgp22/cancel_reason.h"
#include "kernel/smdpplus/commit.h"
#include "kernel/smdpplus/drafts.h"
#include "kernel/smdpplus/es9_state.h"
#include "kernel/smdpplus/result_code.h"

namespace berth::smdpplus {
namespace {

using lifecycle::ProfileInput;
using rsp::RspError;
using rsp::sgp22::CancelSessionOk;
using rsp::sgp22::CancelSessionRequest;

// The order's end, or a note in its story when the user may come back. Empty: nothing to write.
Result<std::optional<ledger::Unit>, Failure> cancel_unit(context::TenantContext& tenant,
                                                         const Session& session,
                                                         std::uint64_t reason) {
  using Unit = std::optional<ledger::Unit>;
  auto order = tenant.ledger().order(session.order_id);
  if (!order) return Failure(std::move(order).error());
  if (!*order || !(*order)->open) return Unit();
  auto profile = tenant.ledger().profile((*order)->iccid);
  if (!profile) return Failure(std::move(profile).error());
  auto attempt = tenant.ledger().attempt(session.transaction_id);
  if (!attempt) return Failure(std::move(attempt).error());
  if (!*profile) return Unit();
  // Only the order's latest session, and only the card that holds the package, may end it: a card
  // that lost the race for a code must not take it from the one that won.
  if (session.attempt != (*order)->attempts_used) return Unit();
  if ((*profile)->eid && *(*profile)->eid != session.card->eid) return Unit();

  const rsp::sgp22::CancelReason meaning = rsp::sgp22::cancel_reason(reason);
  const bool keeps_order = meaning.effect == rsp::sgp22::CancelEffect::kKeepOrder;
  const auto transition =
      lifecycle::apply((*profile)->state, keeps_order ? ProfileInput::kSessionPostponed
                                                      : ProfileInput::kSessionCancelled);
  if (!transition) return Unit();
  ledger::Unit unit;
  unit.commit_id = new_commit_id(tenant.random());
  const std::string name(meaning.name);
  unit.audit = audit_draft(keeps_order ? "download.postponed" : "download.cancelled",
                           {ledger::SubjectKind::kProfile, (*order)->iccid.text()},
                           {{"orderId", session.order_id},
                            {"reason", name},
                            {"eid", std::string(session.card->eid.text())}});
  if (keeps_order) return Unit(std::move(unit));

  ledger::ProfileRecord ended = **profile;
  ended.state = transition->next;
  ended.revision += 1;
  ledger::OrderRecord closed = **order;
  closed.open = false;
  closed.revision += 1;
  unit.changes = {ledger::UpdateProfile{ended, (*profile)->revision},
                  ledger::UpdateOrder{closed, (*order)->revision, false}};
  if (transition->effects.drops_binding) {
    unit.changes.push_back(ledger::DropBinding{closed.iccid});
  }
  if (*attempt && (*attempt)->state == ledger::AttemptState::kDelivered) {
    ledger::AttemptRecord cancelled = **attempt;
    cancelled.state = ledger::AttemptState::kCancelled;
    cancelled.ended_ms = tenant.clock().now_ms();
    cancelled.revision += 1;
    unit.changes.push_back(ledger::UpdateAttempt{cancelled, (*attempt)->revision});
  }
  unit.event = event_draft(tenant, "profileDownloadResult",
                           {.correlation_id = closed.correlation_id,
                            .order_id = closed.order_id,
                            .eid = session.card->eid,
                            .iccid = closed.iccid,
                            .stage = "",
                            .result = "CANCELLED",
                            .result_code = cancel_code(reason),
                            .attempt = session.attempt});
  unit.usage = usage_draft("download.cancelled", closed.order_id, {{"reason", name}});
  return Unit(std::move(unit));
}

}  // namespace

Result<void, Failure> Es9Service::cancel_session(context::TenantContext& tenant,
                                                 const std::string& /*request_id*/,
                                                 const CancelSessionRequest& request) {
  auto lease = state_->sessions.take(tenant.id(), request.transaction_id, tenant.clock().now_ms());
  const auto refuse = [&](RspError error) -> Failure {
    state_->refusals.anonymous(tenant, "CancelSession " + error.pair());
    return error;
  };
  if (!lease || !(**lease).card || (**lease).order_id.empty()) {
    return refuse({"8.10.1", "3.9", "unknown transaction; nothing to cancel"});
  }
  Session& session = **lease;
  const auto* ok = std::get_if<CancelSessionOk>(&request.response);
  if (ok == nullptr) {  // the card could not sign a reason: the session ends, the order stays
    lease->close();
    return {};
  }
  if (!session.card->euicc.public_key().verify({ok->signed_part}, ok->signature)) {
    return refuse({"8.1", "6.1", "the card's signature does not verify"});
  }
  if (ok->smdp_oid != session.identity->oid) {
    return refuse({"8.8", "3.10", "the card cancelled a session of another server"});
  }
  if (ok->transaction_id != session.transaction_id) {
    return refuse({"8.10.1", "3.9", "the card signed another transaction"});
  }
  const auto settled = [&](Failure failure) {
    lease->settle(failure);
    return failure;
  };
  lease->close();
  for (int round = 0; round < kMaxDecisions; ++round) {
    auto unit = cancel_unit(tenant, session, ok->reason);
    if (!unit) return settled(std::move(unit).error());
    if (!*unit) return {};
    auto done = commit(tenant.ledger(), std::move(**unit));
    if (!done) return settled(std::move(done).error());
    if (std::holds_alternative<ledger::Committed>(*done)) return {};
  }
  return settled(contention_error());
}

}  // namespace berth::smdpplus
