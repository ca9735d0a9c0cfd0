#include "kernel/ledger/evidence.h"

#include "kernel/ledger/sql.h"

namespace berth::ledger {

std::span<const Statement> evidence_writes() {
  static const Statement kWrites[] = {
      {"insert into evidence (tenant_id, eid, sequence_number, digest, operation, iccid,"
       " notification, received_ms, commit_sequence) values (:t, :e, :s, :d, :o, :i, :n, :r, :c)",
       "", "ttibttbii"}};
  return kWrites;
}

Steps plan_change(const std::string& tenant_id, const InsertEvidence& change) {
  const EvidenceRecord& record = change.evidence;
  return {{&evidence_writes()[0],
           {Value(tenant_id), Value(std::string(record.eid.text())),
            Value(static_cast<std::int64_t>(record.sequence_number)), octets_of(record.digest),
            Value(record.operation), optional_text(record.iccid), Value(record.notification),
            moment_or_now(record.received_ms), InCommit::kAuditSequence}}};
}

std::vector<EvidenceRecord> find_evidence_of(Session& session, const std::string& tenant_id,
                                             const Eid& eid, const Iccid& iccid, std::size_t max) {
  // Numbers from 2^63 are stored as negative ones.
  static const Statement kFind{
      "select sequence_number, digest, operation, notification, received_ms from evidence"
      " where tenant_id = :t and eid = :e and iccid = :i"
      " and (operation = 'install' or operation = 'delete')"
      " order by case when sequence_number < 0 then 1 else 0 end desc, sequence_number desc"
      " limit :max",
      "ibtbi"};
  std::vector<EvidenceRecord> records;
  for (const Row& row : session.query(kFind, {tenant_id, std::string(eid.text()), iccid.text(),
                                              static_cast<std::int64_t>(max)})) {
    records.push_back({.eid = eid,
                       .sequence_number = static_cast<std::uint64_t>(value_number(row[0])),
                       .digest = value_array<32>(row[1]),
                       .operation = value_text(row[2]),
                       .iccid = iccid,
                       .notification = value_octets(row[3]),
                       .received_ms = value_number(row[4])});
  }
  return records;
}

bool evidence_exists(Session& session, const std::string& tenant_id, const Eid& eid,
                     std::uint64_t sequence_number, const Sha256& digest) {
  static const Statement kFind{
      "select sequence_number from evidence where tenant_id = :t and eid = :e"
      " and sequence_number = :s and digest = :d",
      "i"};
  return !session
              .query(kFind, {tenant_id, std::string(eid.text()),
                             static_cast<std::int64_t>(sequence_number), to_bytes(digest)})
              .empty();
}

}  // namespace berth::ledger
