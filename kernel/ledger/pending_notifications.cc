#include "kernel/ledger/pending_notifications.h"

#include "kernel/ledger/sql.h"

namespace berth::ledger {

namespace {
enum : std::size_t { kInsert, kDelete };
}

std::span<const Statement> pending_notification_writes() {
  static const Statement kWrites[] = {
      {"insert into pending_notification (tenant_id, digest, notification, received_ms,"
       " commit_sequence) values (:t, :d, :n, :r, :c)",
       "", "tbbii"},
      {"delete from pending_notification where tenant_id = :t and digest = :d", "", "tb"}};
  return kWrites;
}

Steps plan_change(const std::string& tenant_id, const InsertPendingNotification& change) {
  const PendingNotificationRecord& record = change.notification;
  return {{&pending_notification_writes()[kInsert],
           {Value(tenant_id), octets_of(record.digest), Value(record.notification),
            moment_or_now(record.received_ms), InCommit::kAuditSequence}}};
}

Steps plan_change(const std::string& tenant_id, const DropPendingNotification& change) {
  return {{&pending_notification_writes()[kDelete],
           {Value(tenant_id), octets_of(change.digest)},
           RefusalReason::kGuard}};
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
