#include "kernel/ledger/apply.h"

#include "kernel/ledger/answers.h"
#include "kernel/ledger/audit_records.h"
#include "kernel/ledger/commits.h"

namespace berth::ledger {
namespace {

const Statement kSavepoint{"savepoint unit"};
const Statement kRelease{"release savepoint unit"};
const Statement kUndo{"rollback to savepoint unit"};

// What the unit will be known by once it is committed.
struct Numbers {
  UnixMs time_ms;
  std::int64_t incarnation;
  std::int64_t audit_sequence;
  std::int64_t event_sequence;

  Value of(InCommit which) const {
    switch (which) {
      case InCommit::kTime:
        return time_ms;
      case InCommit::kIncarnation:
        return incarnation;
      case InCommit::kAuditSequence:
        return audit_sequence;
      case InCommit::kEventSequence:
        return event_sequence;
    }
    BERTH_ASSERT(false);
  }
};

std::optional<RefusalReason> run_step(Session& session, const Numbers& numbers, const Step& step) {
  std::vector<Value> values;
  values.reserve(step.cells.size());
  for (const Cell& cell : step.cells) {
    const auto* value = std::get_if<Value>(&cell);
    values.push_back(value != nullptr ? *value : numbers.of(std::get<InCommit>(cell)));
  }
  const bool looks = step.statement->sql.starts_with("select");
  const auto rows = looks ? static_cast<std::int64_t>(session.query(*step.statement, values).size())
                          : session.execute(*step.statement, values);
  return step.unless_one && rows != 1 ? step.unless_one : std::nullopt;
}

// A taken key is a duplicate; a row that is not there is a guard: what was read is no longer so.
std::optional<RefusalReason> run_steps(Session& session, const Numbers& numbers,
                                       const Steps& steps) {
  try {
    for (const Step& step : steps) {
      if (const auto refusal = run_step(session, numbers, step)) return refusal;
    }
    return std::nullopt;
  } catch (const UniqueViolation&) {
    return RefusalReason::kDuplicate;
  } catch (const ReferenceViolation&) {
    return RefusalReason::kGuard;
  }
}

std::optional<Refused> run_parts(Session& session, const Numbers& numbers, const UnitPlan& plan) {
  for (std::size_t i = 0; i < plan.parts.size(); ++i) {
    if (const auto refusal = run_steps(session, numbers, plan.parts[i]))
      return Refused{*refusal, i};
  }
  return std::nullopt;
}

}  // namespace

UnitResult apply_unit(Session& session, const std::string& tenant_id, UnixMs time_ms,
                      const UnitPlan& plan, TenantHead& head) {
  if (const auto before = find_commit(session, tenant_id, plan.commit_id)) return {*before};
  if (plan.answer_key && find_answer(session, tenant_id, *plan.answer_key)) {
    return {Refused{RefusalReason::kAnswered, plan.parts.size() - 1}};
  }
  TenantHead next = head;
  if (plan.has_event) ++next.last_event_sequence;
  const Numbers numbers{time_ms, head.incarnation, head.last_audit_sequence + 1,
                        next.last_event_sequence};
  session.execute(kSavepoint, {});
  if (const std::optional<Refused> refused = run_parts(session, numbers, plan)) {
    session.execute(kUndo, {});
    session.execute(kRelease, {});
    return {*refused};
  }
  append_audit(session, tenant_id, time_ms, plan, next);
  Committed committed{.incarnation = head.incarnation,
                      .event_sequence = std::nullopt,
                      .audit_sequence = next.last_audit_sequence,
                      .time_ms = time_ms};
  if (plan.has_event) committed.event_sequence = next.last_event_sequence;
  insert_commit(session, tenant_id, plan.commit_id, committed);
  session.execute(kRelease, {});
  head = std::move(next);
  return {committed, true};
}

}  // namespace berth::ledger
