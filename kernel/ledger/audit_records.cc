#include "kernel/ledger/audit_records.h"

#include <charconv>

#include "kernel/ledger/audit_chain.h"
#include "kernel/ledger/sql.h"
#include "kernel/ledger/subjects.h"

namespace berth::ledger {
namespace {

constexpr Column kColumns[] = {{"tenant_id", 't'},   {"sequence", 'i'},  {"format", 'i'},
                               {"incarnation", 'i'}, {"time_ms", 'i'},   {"type", 't'},
                               {"subject_ref", 't'}, {"commit_id", 't'}, {"commitment", 'b'},
                               {"hash", 'b'},        {"payload", 't'},   {"salt", 'b'}};
constexpr Table kAudit{"audit_record", kColumns, 2};

constexpr std::string_view kPurgeBefore = R"({"throughSequence":)";

StoredAudit audit_of(const Row& row) {
  StoredAudit stored;
  AuditRecord& record = stored.record;
  record.sequence = value_number(row[1]);
  stored.format = value_number(row[2]);
  record.incarnation = value_number(row[3]);
  record.time_ms = value_number(row[4]);
  record.type = value_text(row[5]);
  record.subject_ref = value_text(row[6]);
  record.commit_id = value_text(row[7]);
  record.commitment = value_octets(row[8]);
  record.hash = value_octets(row[9]);
  if (!std::holds_alternative<std::monostate>(row[10])) record.payload = value_text(row[10]);
  if (!std::holds_alternative<std::monostate>(row[11])) record.salt = value_octets(row[11]);
  return stored;
}

}  // namespace

void append_audit(Session& session, const std::string& tenant_id, UnixMs time_ms,
                  const UnitPlan& plan, TenantHead& head) {
  static const Statement kInsert = insert_into(kAudit);
  AuditRecord record;
  record.sequence = head.last_audit_sequence + 1;
  record.incarnation = head.incarnation;
  record.time_ms = time_ms;
  record.type = plan.audit.type;
  record.subject_ref =
      subject_ref_for(session, tenant_id, time_ms, plan.audit.subject, plan.seed.fresh_ref);
  record.commit_id = plan.commit_id;
  record.commitment = plan.seed.commitment;
  record.hash = to_bytes(record_hash(head.last_audit_hash, kAuditFormat, record));
  session.execute(
      kInsert, {tenant_id, record.sequence, kAuditFormat, record.incarnation, record.time_ms,
                record.type, record.subject_ref, record.commit_id, record.commitment, record.hash,
                plan.audit.payload_json, plan.seed.salt});
  head.last_audit_sequence = record.sequence;
  head.last_audit_hash = std::move(record.hash);
}

std::vector<StoredAudit> audit_after(Session& session, const std::string& tenant_id,
                                     std::int64_t after, std::size_t max) {
  static const Statement kSelect = select_from(
      kAudit, "where tenant_id = :t and sequence > :after order by sequence limit :max");
  std::vector<StoredAudit> records;
  for (const Row& row :
       session.query(kSelect, {tenant_id, after, static_cast<std::int64_t>(max)})) {
    records.push_back(audit_of(row));
  }
  return records;
}

std::vector<AuditRecord> audit_records_after(Session& session, const std::string& tenant_id,
                                             std::int64_t after, std::size_t max) {
  std::vector<AuditRecord> records;
  for (StoredAudit& stored : audit_after(session, tenant_id, after, max)) {
    records.push_back(std::move(stored.record));
  }
  return records;
}

std::vector<AuditRecord> audit_about(Session& session, const std::string& tenant_id,
                                     const std::string& subject_ref, std::size_t max) {
  static const Statement kSelect = select_from(
      kAudit, "where tenant_id = :t and subject_ref = :ref order by sequence limit :max");
  std::vector<AuditRecord> records;
  for (const Row& row :
       session.query(kSelect, {tenant_id, subject_ref, static_cast<std::int64_t>(max)})) {
    records.push_back(audit_of(row).record);
  }
  return records;
}

std::int64_t last_purgeable(Session& session, const std::string& tenant_id, UnixMs up_to_ms) {
  // The clock may have been set back, so a later record can be older: only an unbroken run from
  // the start is purged, which is what one number can vouch for.
  static const Statement kFirstYounger{
      "select min(sequence) from audit_record where tenant_id = :t and time_ms > :up_to", "i"};
  static const Statement kLast{
      "select sequence from audit_record where tenant_id = :t order by sequence desc limit 1", "i"};
  const Row younger = session.query(kFirstYounger, {tenant_id, up_to_ms}).at(0);
  if (!std::holds_alternative<std::monostate>(younger[0])) return value_number(younger[0]) - 1;
  const std::vector<Row> last = session.query(kLast, {tenant_id});
  return last.empty() ? 0 : value_number(last[0][0]);
}

std::int64_t purge_payloads(Session& session, const std::string& tenant_id, std::int64_t through,
                            std::int64_t max) {
  static const Statement kPurge{
      "update audit_record set payload = null, salt = null where tenant_id = :t and sequence in"
      " (select sequence from audit_record where tenant_id = :t2 and sequence <= :through"
      " and payload is not null and type <> :purged order by sequence limit :max)"};
  return session.execute(kPurge, {tenant_id, tenant_id, through, std::string(kPurgedType), max});
}

std::string purge_payload_json(std::int64_t through) {
  return std::string(kPurgeBefore) + std::to_string(through) + "}";
}

std::int64_t purged_through(std::string_view payload) {
  if (!payload.starts_with(kPurgeBefore)) return 0;
  payload.remove_prefix(kPurgeBefore.size());
  std::int64_t through = 0;
  const auto [end, error] =
      std::from_chars(payload.data(), payload.data() + payload.size(), through);
  return error == std::errc() && end == payload.data() + payload.size() - 1 ? through : 0;
}

}  // namespace berth::ledger
