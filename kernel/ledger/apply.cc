#include "kernel/ledger/apply.h"

#include "kernel/ledger/answers.h"
#include "kernel/ledger/attempts.h"
#include "kernel/ledger/audit_records.h"
#include "kernel/ledger/bindings.h"
#include "kernel/ledger/commits.h"
#include "kernel/ledger/data_keys.h"
#include "kernel/ledger/events.h"
#include "kernel/ledger/evidence.h"
#include "kernel/ledger/orders.h"
#include "kernel/ledger/pending_notifications.h"
#include "kernel/ledger/profile_types.h"
#include "kernel/ledger/profiles.h"
#include "kernel/ledger/progress_reports.h"

namespace berth::ledger {
namespace {

const Statement kSavepoint{"savepoint unit"};
const Statement kRelease{"release savepoint unit"};
const Statement kUndo{"rollback to savepoint unit"};

// A taken key is a duplicate; a row that is not there is a guard: what was read is no longer so.
template <class Write>
Applied refusing(Write write) {
  try {
    return write();
  } catch (const UniqueViolation&) {
    return RefusalReason::kDuplicate;
  } catch (const ReferenceViolation&) {
    return RefusalReason::kGuard;
  }
}

std::optional<Refused> write_changes(Session& session, const ApplyContext& context,
                                     const WriteRequest& request) {
  const std::vector<Change>& changes = request.unit.changes;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const Applied refusal = refusing([&] {
      return std::visit([&](const auto& change) { return apply_change(session, context, change); },
                        changes[i]);
    });
    if (refusal) return Refused{*refusal, i};
  }
  if (request.also) {
    if (const Applied refusal = refusing([&] { return request.also(session, context); })) {
      return Refused{*refusal, changes.size()};
    }
  }
  return std::nullopt;
}

// Event, usage and answer; the event gets the number after head's last.
std::optional<Refused> write_story(Session& session, const ApplyContext& context, const Unit& unit,
                                   TenantHead& head) {
  const Applied refusal = refusing([&]() -> Applied {
    if (unit.event) {
      insert_event(session, context, *unit.event, ++head.last_event_sequence);
      if (unit.usage) insert_usage(session, context, *unit.usage, head.last_event_sequence);
    }
    if (unit.answer) insert_answer(session, context, *unit.answer);
    return std::nullopt;
  });
  if (refusal) return Refused{*refusal, unit.changes.size()};
  return std::nullopt;
}

}  // namespace

UnitResult apply_unit(Session& session, const std::string& tenant_id, UnixMs time_ms,
                      const WriteRequest& request, Random& random, TenantHead& head) {
  const Unit& unit = request.unit;
  if (const auto before = find_commit(session, tenant_id, unit.commit_id)) return {*before};
  if (unit.answer && find_answer(session, tenant_id, unit.answer->key)) {
    return {Refused{RefusalReason::kAnswered, unit.changes.size()}};
  }
  const ApplyContext context{tenant_id, time_ms, head.incarnation, head.last_audit_sequence + 1};
  TenantHead next = head;
  session.execute(kSavepoint, {});
  std::optional<Refused> refused = write_changes(session, context, request);
  if (!refused) refused = write_story(session, context, unit, next);
  if (refused) {
    session.execute(kUndo, {});
    session.execute(kRelease, {});
    return {*refused};
  }
  append_audit(session, context, unit.audit, unit.commit_id, random, next);
  Committed committed{.incarnation = head.incarnation,
                      .event_sequence = std::nullopt,
                      .audit_sequence = next.last_audit_sequence,
                      .time_ms = time_ms};
  if (unit.event) committed.event_sequence = next.last_event_sequence;
  insert_commit(session, tenant_id, unit.commit_id, committed);
  session.execute(kRelease, {});
  head = std::move(next);
  return {committed, true};
}

}  // namespace berth::ledger
