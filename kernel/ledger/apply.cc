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

// One unit at work.
class Application {
 public:
  Application(Session& session, const UnitPlan& plan, const Numbers& numbers)
      : session_(session), plan_(plan), numbers_(numbers) {}

  std::optional<Refused> run_parts() {
    for (std::size_t i = 0; i < plan_.parts.size(); ++i) {
      if (const auto refusal = run_steps(plan_.parts[i])) return Refused{*refusal, i};
    }
    return std::nullopt;
  }
  bool wrote() const { return wrote_; }

 private:
  // A taken key is a duplicate; a row that is not there is a guard: what was read is no longer so.
  std::optional<RefusalReason> run_steps(const Steps& steps) {
    try {
      for (const Step& step : steps) {
        if (const auto refusal = run_step(step)) return refusal;
      }
      return std::nullopt;
    } catch (const UniqueViolation&) {
      return RefusalReason::kDuplicate;
    } catch (const ReferenceViolation&) {
      return RefusalReason::kGuard;
    }
  }

  std::optional<RefusalReason> run_step(const Step& step) {
    std::vector<Value> values;
    values.reserve(step.cells.size());
    for (const Cell& cell : step.cells) {
      const auto* value = std::get_if<Value>(&cell);
      values.push_back(value != nullptr ? *value : numbers_.of(std::get<InCommit>(cell)));
    }
    const bool looks = step.statement->sql.starts_with("select");
    const auto rows =
        looks ? static_cast<std::int64_t>(session_.query(*step.statement, values).size())
              : session_.execute(*step.statement, values);
    wrote_ = wrote_ || (!looks && rows > 0);
    return step.unless_one && rows != 1 ? step.unless_one : std::nullopt;
  }

  Session& session_;
  const UnitPlan& plan_;
  const Numbers& numbers_;
  bool wrote_ = false;
};

// A commit id that is taken: the unit was sent again.
void insert_new_commit(Session& session, const std::string& tenant_id, const UnitPlan& plan,
                       const Committed& committed, Undo undo) {
  try {
    insert_commit(session, tenant_id, plan.commit_id, committed);
  } catch (const UniqueViolation&) {
    if (undo == Undo::kWholeBatch) throw UndoBatch();
    throw;
  }
}

}  // namespace

UnitResult apply_unit(Session& session, const std::string& tenant_id, UnixMs time_ms,
                      const UnitPlan& plan, TenantHead& head, Undo undo) {
  const bool careful = undo == Undo::kThisUnit;
  if (careful) {
    if (const auto before = find_commit(session, tenant_id, plan.commit_id)) return {*before};
  }
  if (plan.answer_key && find_answer(session, tenant_id, *plan.answer_key)) {
    if (!careful) throw UndoBatch();  // whether it is this very unit, sent again, is asked there
    return {Refused{RefusalReason::kAnswered, plan.parts.size() - 1}};
  }
  TenantHead next = head;
  if (plan.has_event) ++next.last_event_sequence;
  const Numbers numbers{time_ms, head.incarnation, head.last_audit_sequence + 1,
                        next.last_event_sequence};
  if (careful) session.execute(kSavepoint, {});
  Application application(session, plan, numbers);
  if (const std::optional<Refused> refused = application.run_parts()) {
    // A taken key may be that of this unit's own rows, from when it was sent before.
    const bool look_again = application.wrote() || refused->reason == RefusalReason::kDuplicate;
    if (!careful && look_again) throw UndoBatch();
    if (careful) {
      session.execute(kUndo, {});
      session.execute(kRelease, {});
    } else if (find_commit(session, tenant_id, plan.commit_id)) {
      throw UndoBatch();
    }
    return {*refused};
  }
  append_audit(session, tenant_id, time_ms, plan, next);
  Committed committed{.incarnation = head.incarnation,
                      .event_sequence = std::nullopt,
                      .audit_sequence = next.last_audit_sequence,
                      .time_ms = time_ms};
  if (plan.has_event) committed.event_sequence = next.last_event_sequence;
  insert_new_commit(session, tenant_id, plan, committed, undo);
  if (careful) session.execute(kRelease, {});
  head = std::move(next);
  return {committed, true};
}

}  // namespace berth::ledger
