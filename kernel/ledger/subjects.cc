#include "kernel/ledger/subjects.h"

#include "kernel/ledger/audit_chain.h"
#include "kernel/ledger/sql.h"

namespace berth::ledger {

std::optional<std::string> find_subject_ref(Session& session, const std::string& tenant_id,
                                            const Subject& subject) {
  static const Statement kFind{
      "select subject_ref from subject where tenant_id = :t and kind = :k and identity = :i", "t"};
  const auto kind = static_cast<std::int64_t>(subject.kind);
  const std::vector<Row> rows = session.query(kFind, {tenant_id, kind, subject.identity});
  if (rows.empty()) return std::nullopt;
  return value_text(rows[0][0]);
}

std::string subject_ref_for(Session& session, const std::string& tenant_id, UnixMs time_ms,
                            const Subject& subject, const std::string& fresh_ref) {
  if (auto known = find_subject_ref(session, tenant_id, subject)) return *known;
  static const Statement kInsert{
      "insert into subject (tenant_id, subject_ref, kind, identity, created_ms)"
      " values (:t, :r, :k, :i, :c)"};
  session.execute(kInsert, {tenant_id, fresh_ref, static_cast<std::int64_t>(subject.kind),
                            subject.identity, time_ms});
  return fresh_ref;
}

}  // namespace berth::ledger
