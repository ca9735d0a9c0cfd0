#include "kernel/smdpplus/sweep.h"

#include <spdlog/spdlog.h>

#include "kernel/smdpplus/commit.h"
#include "kernel/smdpplus/order_end.h"
#include "kernel/smdpplus/result_code.h"

namespace berth::smdpplus {
namespace {

using ledger::AttemptState;

constexpr std::size_t kBatch = 200;
// So that one tenant's backlog does not hold up the others: what is left waits for the next round.
constexpr std::chrono::milliseconds kBudget{200};

bool log_failure(const context::TenantContext& tenant, const Failure& failure) {
  const auto* error = std::get_if<Error>(&failure);
  spdlog::warn("tenant={} sweep: {}", tenant.id().text(),
               error != nullptr ? error->reason() : "refused");
  return false;
}

// The profile is in no state that its order could end in: the row is closed all the same.
ledger::Unit close_alone(const context::TenantContext& tenant, const ledger::OrderRecord& order) {
  ledger::OrderRecord closed = order;
  closed.open = false;
  closed.revision += 1;
  ledger::Unit unit;
  unit.commit_id = new_commit_id(tenant.random());
  unit.changes = {ledger::UpdateOrder{closed, order.revision, false}};
  unit.audit = audit_draft("order.closed", {ledger::SubjectKind::kProfile, order.iccid.text()},
                           {{"orderId", order.order_id}, {"reason", "expired"}});
  return unit;
}

// False: the ledger cannot serve now.
bool expire(context::TenantContext& tenant, const ledger::OrderRecord& order) {
  auto profile = tenant.ledger().profile(order.iccid);
  if (!profile) return log_failure(tenant, profile.error());
  std::optional<ledger::Unit> unit;
  if (*profile && (*profile)->order_id == order.order_id) {
    unit = order_end_unit(tenant, **profile, order,
                          {.input = lifecycle::ProfileInput::kOrderExpired,
                           .event = "downloadOrderExpired",
                           .result = "FAILED",
                           .result_code = std::string(kResultOrderExpired),
                           .eid = order.eid,
                           .attempt = 0,
                           .audit = "order.expired",
                           .usage = "order.expired",
                           .why = "",
                           .progress = std::nullopt});
  }
  auto done = commit(tenant.ledger(), unit ? std::move(*unit) : close_alone(tenant, order));
  if (!done) return log_failure(tenant, done.error());
  return true;  // refused: somebody changed it, the next round looks again
}

bool finish(context::TenantContext& tenant, const ledger::AttemptRecord& attempt) {
  auto order = tenant.ledger().order(attempt.order_id);
  if (!order) return log_failure(tenant, order.error());
  const bool delivered = attempt.state == AttemptState::kDelivered;
  ledger::Unit unit;
  unit.commit_id = new_commit_id(tenant.random());
  unit.event =
      event_draft(tenant, "profileDownloadResult",
                  {.correlation_id = *order ? (*order)->correlation_id : "",
                   .order_id = attempt.order_id,
                   .eid = attempt.eid,
                   .iccid = attempt.iccid,
                   .stage = "",
                   .result = delivered ? "UNKNOWN" : "FAILED",
                   .result_code = std::string(delivered ? kResultUnknown : kResultAbandoned),
                   .attempt = attempt.number});
  unit.usage = usage_draft(delivered ? "download.unknown" : "download.abandoned", attempt.order_id);
  unit.audit = audit_draft(delivered ? "download.unknown" : "download.abandoned",
                           {ledger::SubjectKind::kProfile, attempt.iccid.text()},
                           {{"orderId", attempt.order_id},
                            {"eid", std::string(attempt.eid.text())},
                            {"attempt", std::to_string(attempt.number)}});
  end_attempt(tenant, unit, attempt, delivered ? AttemptState::kUnknown : AttemptState::kAbandoned);
  auto done = commit(tenant.ledger(), std::move(unit));
  if (!done) return log_failure(tenant, done.error());
  return true;
}

void sweep_state(context::TenantContext& tenant, AttemptState state, UnixMs before) {
  const auto until = tenant.clock().monotonic() + kBudget;
  while (true) {
    auto overdue = tenant.ledger().overdue_attempts(state, before, kBatch);
    if (!overdue) {
      log_failure(tenant, overdue.error());
      return;
    }
    for (const ledger::AttemptRecord& attempt : *overdue) {
      if (!finish(tenant, attempt) || tenant.clock().monotonic() > until) return;
    }
    if (overdue->size() < kBatch) return;
  }
}

}  // namespace

void sweep_orders(context::TenantContext& tenant) {
  const auto until = tenant.clock().monotonic() + kBudget;
  while (true) {
    auto expired = tenant.ledger().expired_orders(tenant.clock().now_ms(), kBatch);
    if (!expired) {
      log_failure(tenant, expired.error());
      return;
    }
    for (const ledger::OrderRecord& order : *expired) {
      if (!expire(tenant, order) || tenant.clock().monotonic() > until) return;
    }
    if (expired->size() < kBatch) return;
  }
}

void sweep_attempts(context::TenantContext& tenant, std::uint32_t session_lifetime_ms) {
  const UnixMs now = tenant.clock().now_ms();
  sweep_state(tenant, AttemptState::kAuthenticated, now - session_lifetime_ms);
  sweep_state(tenant, AttemptState::kDelivered,
              now - static_cast<UnixMs>(tenant.configuration().attempt_timeout_ms));
}

}  // namespace berth::smdpplus
