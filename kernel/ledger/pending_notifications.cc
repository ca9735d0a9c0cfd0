#include "kernel/ledger/pending_notifications.h"

#include "kernel/ledger/sql.h"

namespace berth::ledger {

Applied apply_change(Session& session, const ApplyContext& context,
                     const InsertPendingNotification& change) {
  static const Statement kInsert{
      "insert into pending_notification (tenant_id, digest, notification, received_ms,"
      " commit_sequence) values (:t, :d, :n, :r, :c)"};
  const PendingNotificationRecord& record = change.notification;
  session.execute(kInsert, {context.tenant_id, octets_of(record.digest), record.notification,
                            record.received_ms != 0 ? record.received_ms : context.time_ms,
                            context.audit_sequence});
  return std::nullopt;
}

Applied apply_change(Session& session, const ApplyContext& context,
                     const DropPendingNotification& change) {
  static const Statement kDelete{
      "delete from pending_notification where tenant_id = :t and digest = :d"};
  if (session.execute(kDelete, {context.tenant_id, octets_of(change.digest)}) != 1) {
    return RefusalReason::kGuard;
  }
  return std::nullopt;
}

std::vector<PendingNotificationRecord> first_pending_notifications(Session& session,
                                                                   const std::string& tenant_id,
                                                                   std::size_t max) {
  static const Statement kSelect{
      "select digest, notification, received_ms from pending_notification where tenant_id = :t"
      " order by commit_sequence, digest limit :max",
      "bbi"};
  std::vector<PendingNotificationRecord> records;
  for (const Row& row : session.query(kSelect, {tenant_id, static_cast<std::int64_t>(max)})) {
    records.push_back({value_array<32>(row[0]), value_octets(row[1]), value_number(row[2])});
  }
  return records;
}

std::int64_t count_pending_notifications(Session& session, const std::string& tenant_id) {
  static const Statement kCount{"select count(*) from pending_notification where tenant_id = :t",
                                "i"};
  return value_number(session.query(kCount, {tenant_id}).at(0)[0]);
}

}  // namespace berth::ledger
