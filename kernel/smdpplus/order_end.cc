#include "kernel/smdpplus/order_end.h"

#include "kernel/smdpplus/profile_step.h"
#include "kernel/smdpplus/standing_claim.h"

namespace berth::smdpplus {

std::optional<ledger::Unit> order_end_unit(context::TenantContext& tenant,
                                           const ledger::ProfileRecord& profile,
                                           const ledger::OrderRecord& order, const OrderEnd& end) {
  const auto transition = lifecycle::apply(profile.state, end.input, profile.quarantined);
  if (!transition) return std::nullopt;
  ledger::ProfileRecord next = advanced(profile, *transition);
  // Back in stock it is nobody's, but for a card it was deleted from; after a package left, only
  // its card's. When the claim cannot be read, the narrower one stands.
  if (transition->effects.frees_reservation) {
    if (auto claim = standing_claim(tenant, profile)) next.eid = *claim;
  }
  ledger::OrderRecord closed = order;
  closed.open = false;
  closed.revision += 1;
  ledger::Unit unit;
  unit.commit_id = new_commit_id(tenant);
  unit.changes = {ledger::UpdateProfile{std::move(next), profile.revision},
                  ledger::UpdateOrder{closed, order.revision, false}};
  if (transition->effects.drops_binding) unit.changes.push_back(ledger::DropBinding{order.iccid});
  unit.event = event_draft(tenant, end.event,
                           {.correlation_id = order.correlation_id,
                            .order_id = order.order_id,
                            .eid = end.eid,
                            .iccid = order.iccid,
                            .stage = "",
                            .result = end.result,
                            .result_code = end.result_code,
                            .attempt = end.attempt,
                            .supersedes = end.supersedes});
  unit.usage = usage_draft(end.usage, order.order_id);
  unit.audit = audit_draft(end.audit, {ledger::SubjectKind::kProfile, order.iccid.text()},
                           {{"orderId", order.order_id},
                            {"eid", end.eid ? std::string(end.eid->text()) : std::string()},
                            {"attempts", std::to_string(order.attempts_used)},
                            {"reason", end.why},
                            {"state", std::string(lifecycle::to_string(transition->next))},
                            {"quarantined", transition->quarantined ? "true" : ""}});
  if (end.progress) add_progress(tenant, unit, *end.progress);
  return unit;
}

void end_attempt(const context::TenantContext& tenant, ledger::Unit& unit,
                 const ledger::AttemptRecord& attempt, ledger::AttemptState state) {
  ledger::AttemptRecord ended = attempt;
  ended.state = state;
  ended.ended_ms = tenant.clock().now_ms();
  ended.revision += 1;
  if (unit.event) ended.final_event_id = unit.event->event_id;
  unit.changes.push_back(ledger::UpdateAttempt{std::move(ended), attempt.revision});
}

}  // namespace berth::smdpplus
