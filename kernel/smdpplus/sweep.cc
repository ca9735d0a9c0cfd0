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
  unit.commit_id = new_commit_id(tenant);
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
  unit.commit_id = new_commit_id(tenant);
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

enum class Round : std::uint8_t { kDone = 1, kMore, kTrouble };

// Deals with what `read` finds until nothing is left or the time is up.
template <class Read, class Deal>
Round work_off(context::TenantContext& tenant, Read read, Deal deal) {
  const auto until = tenant.clock().monotonic() + kBudget;
  while (true) {
    auto found = read();
    if (!found) {
      log_failure(tenant, found.error());
      return Round::kTrouble;
    }
    for (const auto& one : *found) {
      if (!deal(one)) return Round::kTrouble;
      if (tenant.clock().monotonic() > until) return Round::kMore;
    }
    if (found->size() < kBatch) return Round::kDone;
  }
}

Round sweep_state(context::TenantContext& tenant, AttemptState state, UnixMs before) {
  return work_off(
      tenant, [&] { return tenant.ledger().overdue_attempts(state, before, kBatch); },
      [&](const ledger::AttemptRecord& attempt) { return finish(tenant, attempt); });
}

}  // namespace

bool sweep_orders(context::TenantContext& tenant) {
  const UnixMs now = tenant.clock().now_ms();
  return work_off(
             tenant, [&] { return tenant.ledger().expired_orders(now, kBatch); },
             [&](const ledger::OrderRecord& order) { return expire(tenant, order); }) ==
         Round::kMore;
}

bool sweep_attempts(context::TenantContext& tenant, std::uint32_t session_lifetime_ms) {
  const UnixMs now = tenant.clock().now_ms();
  const Round begun = sweep_state(tenant, AttemptState::kAuthenticated, now - session_lifetime_ms);
  const Round awaited =
      sweep_state(tenant, AttemptState::kDelivered,
                  now - static_cast<UnixMs>(tenant.configuration().attempt_timeout_ms));
  return begun == Round::kMore || awaited == Round::kMore;
}

}  // namespace berth::smdpplus
