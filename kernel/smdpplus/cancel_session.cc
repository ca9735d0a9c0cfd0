// ES9+.CancelSession (SGP.22 §5.6.5).

#include "kernel/lifecycle/profile.h"
#include "kernel/rsp/sgp22/cancel_reason.h"
#include "kernel/smdpplus/commit.h"
#include "kernel/smdpplus/drafts.h"
#include "kernel/smdpplus/es9_state.h"
#include "kernel/smdpplus/order_end.h"
#include "kernel/smdpplus/result_code.h"

namespace berth::smdpplus {
namespace {

using lifecycle::ProfileInput;
using rsp::RspError;
using rsp::sgp22::CancelSessionOk;
using rsp::sgp22::CancelSessionRequest;

// The user may come back: a note in the order's story.
ledger::Unit postpone_unit(const context::TenantContext& tenant, const Session& session,
                           const ledger::OrderRecord& order, std::string_view reason) {
  ledger::Unit unit;
  unit.commit_id = new_commit_id(tenant);
  unit.audit =
      audit_draft("download.postponed", {ledger::SubjectKind::kProfile, order.iccid.text()},
                  {{"orderId", order.order_id},
                   {"reason", std::string(reason)},
                   {"eid", std::string(session.card->eid.text())}});
  return unit;
}

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
  if (meaning.effect == rsp::sgp22::CancelEffect::kKeepOrder) {
    if (!lifecycle::apply((*profile)->state, ProfileInput::kSessionPostponed)) return Unit();
    return Unit(postpone_unit(tenant, session, **order, meaning.name));
  }
  const bool delivered = *attempt && package_left((*attempt)->state);
  // The attempt has its one final event already: an end for want of a word is corrected, one that
  // the card signed stands beside the end of the order.
  const bool ended = *attempt && (*attempt)->ended_ms != 0;
  const bool given_up = ended && (*attempt)->state == ledger::AttemptState::kUnknown;
  auto unit = order_end_unit(tenant, **profile, **order,
                             {.input = ProfileInput::kSessionCancelled,
                              .event = !ended     ? "profileDownloadResult"
                                       : given_up ? "profileDownloadReconciled"
                                                  : "downloadOrderEnded",
                              .result = "CANCELLED",
                              .result_code = cancel_code(reason),
                              .eid = session.card->eid,
                              .attempt = session.attempt,
                              .audit = "download.cancelled",
                              .usage = "download.cancelled",
                              .why = std::string(meaning.name),
                              .progress = Progress{delivered ? kPointInstalled : kPointDelivered,
                                                   session.card->eid,
                                                   (*order)->iccid,
                                                   (*profile)->profile_type,
                                                   meaning.report,
                                                   {}},
                              .supersedes = given_up ? (*attempt)->final_event_id : ""});
  if (!unit) return Unit();
  if (*attempt && (!ended || given_up)) {
    end_attempt(tenant, *unit, **attempt,
                delivered ? ledger::AttemptState::kCancelled : ledger::AttemptState::kAbandoned);
  }
  return Unit(std::move(*unit));
}

}  // namespace

Result<void, Failure> Es9Service::cancel_session(context::TenantContext& tenant,
                                                 const std::string& /*request_id*/,
                                                 const CancelSessionRequest& request) {
  auto taken = state_->sessions.take(tenant.id(), request.transaction_id, tenant.clock().now_ms());
  if (!taken) return Failure(std::move(taken).error());
  std::optional<SessionLease>& lease = *taken;
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
