#include "kernel/ledger/commits.h"

#include "kernel/ledger/sql.h"

namespace berth::ledger {

std::optional<Committed> find_commit(Session& session, const std::string& tenant_id,
                                     const std::string& commit_id) {
  static const Statement kFind{
      "select incarnation, event_sequence, audit_sequence, time_ms from ledger_commit"
      " where tenant_id = :t and commit_id = :c",
      "iiii"};
  const std::vector<Row> rows = session.query(kFind, {tenant_id, commit_id});
  if (rows.empty()) return std::nullopt;
  const Row& row = rows[0];
  Committed committed;
  committed.incarnation = value_number(row[0]);
  if (!std::holds_alternative<std::monostate>(row[1])) {
    committed.event_sequence = value_number(row[1]);
  }
  committed.audit_sequence = value_number(row[2]);
  committed.time_ms = value_number(row[3]);
  return committed;
}

void insert_commit(Session& session, const std::string& tenant_id, const std::string& commit_id,
                   const Committed& committed) {
  static const Statement kInsert{
      "insert into ledger_commit (tenant_id, commit_id, incarnation, event_sequence,"
      " audit_sequence, time_ms) values (:t, :c, :i, :e, :a, :m)"};
  Value event;
  if (committed.event_sequence) event.emplace<std::int64_t>(*committed.event_sequence);
  session.execute(kInsert, {tenant_id, commit_id, committed.incarnation, event,
                            committed.audit_sequence, committed.time_ms});
}

}  // namespace berth::ledger
