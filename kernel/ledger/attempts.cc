#include "kernel/ledger/attempts.h"

#include "kernel/ledger/sql.h"

namespace berth::ledger {
namespace {

constexpr Column kColumns[] = {{"tenant_id", 't'},         {"transaction_id", 't'},
                               {"revision", 'i'},          {"order_id", 't', true},
                               {"iccid", 't', true},       {"eid", 't'},
                               {"attempt_number", 'i'},    {"state", 'i'},
                               {"euicc_certificate", 'b'}, {"smdp_oid", 't'},
                               {"started_ms", 'i', true},  {"ended_ms", 'i'},
                               {"final_event_id", 't'}};
constexpr Table kAttempt{"attempt", kColumns, 2};

AttemptState attempt_state_of(const Value& value) {
  const std::int64_t number = value_number(value);
  if (number < static_cast<std::int64_t>(AttemptState::kDelivered) ||
      number > static_cast<std::int64_t>(AttemptState::kAbandoned)) {
    throw CorruptRow("an attempt's state is unknown");
  }
  return static_cast<AttemptState>(number);
}

std::vector<Cell> values_of(const AttemptRecord& record, Cell started_ms) {
  return {record.revision,
          record.order_id,
          record.iccid.text(),
          std::string(record.eid.text()),
          std::int64_t{record.number},
          static_cast<std::int64_t>(record.state),
          record.euicc_certificate,
          record.smdp_oid,
          started_ms,
          record.ended_ms,
          record.final_event_id};
}

AttemptRecord attempt_of(const Row& row) {
  AttemptRecord record{.transaction_id = stored(TransactionId::parse_hex(value_text(row[1]))),
                       .order_id = value_text(row[3]),
                       .iccid = stored(Iccid::parse(value_text(row[4]))),
                       .eid = stored(Eid::parse(value_text(row[5])))};
  record.revision = value_number(row[2]);
  record.number = value_count(row[6]);
  record.state = attempt_state_of(row[7]);
  record.euicc_certificate = value_octets(row[8]);
  record.smdp_oid = value_text(row[9]);
  record.started_ms = value_number(row[10]);
  record.ended_ms = value_number(row[11]);
  record.final_event_id = value_text(row[12]);
  return record;
}

std::vector<AttemptRecord> attempts_of(const std::vector<Row>& rows) {
  std::vector<AttemptRecord> records;
  for (const Row& row : rows) records.push_back(attempt_of(row));
  return records;
}

enum : std::size_t { kInsert, kUpdate };

}  // namespace

std::span<const Statement> attempt_writes() {
  static const Statement kWrites[] = {insert_into(kAttempt), guarded_update_of(kAttempt)};
  return kWrites;
}

Steps plan_change(const std::string& tenant_id, const InsertAttempt& change) {
  const AttemptRecord& record = change.attempt;
  std::vector<Cell> cells = values_of(record, moment_or_now(record.started_ms));
  cells.insert(cells.begin(), {Value(tenant_id), Value(record.transaction_id.hex())});
  return {{&attempt_writes()[kInsert], std::move(cells)}};
}

Steps plan_change(const std::string& tenant_id, const UpdateAttempt& change) {
  const AttemptRecord& next = change.next;
  std::vector<Cell> cells = changing(kAttempt, values_of(next, Value(next.started_ms)));
  cells.insert(cells.end(),
               {Value(tenant_id), Value(next.transaction_id.hex()), Value(change.from_revision)});
  return {{&attempt_writes()[kUpdate], std::move(cells), RefusalReason::kGuard}};
}

std::optional<AttemptRecord> find_attempt(Session& session, const std::string& tenant_id,
                                          const TransactionId& id) {
  static const Statement kSelect =
      select_from(kAttempt, "where tenant_id = :t and transaction_id = :x");
  const std::vector<Row> rows = session.query(kSelect, {tenant_id, id.hex()});
  if (rows.empty()) return std::nullopt;
  return attempt_of(rows[0]);
}

std::vector<AttemptRecord> find_attempts_of(Session& session, const std::string& tenant_id,
                                            const std::string& order_id, std::size_t max) {
  static const Statement kSelect = select_from(
      kAttempt,
      "where tenant_id = :t and order_id = :o order by attempt_number, started_ms limit :max");
  return attempts_of(session.query(kSelect, {tenant_id, order_id, static_cast<std::int64_t>(max)}));
}

std::vector<AttemptRecord> attempts_overdue(Session& session, const std::string& tenant_id,
                                            AttemptState state, UnixMs before, std::size_t max) {
  // The number stands in the text, so that the index of these two states alone can serve.
  const auto waiting = [](AttemptState which) {
    return select_from(
        kAttempt, "where tenant_id = :t and state = " + std::to_string(static_cast<int>(which)) +
                      " and started_ms < :before"
                      " order by started_ms, transaction_id limit :max");
  };
  static const Statement kAuthenticated = waiting(AttemptState::kAuthenticated);
  static const Statement kDelivered = waiting(AttemptState::kDelivered);
  BERTH_ASSERT(state == AttemptState::kAuthenticated || state == AttemptState::kDelivered);
  return attempts_of(session.query(state == AttemptState::kDelivered ? kDelivered : kAuthenticated,
                                   {tenant_id, before, static_cast<std::int64_t>(max)}));
}

std::vector<AttemptRecord> find_deliveries_of(Session& session, const std::string& tenant_id,
                                              const Iccid& iccid, std::size_t max) {
  static const Statement kSelect = select_from(
      kAttempt, "where tenant_id = :t and iccid = :i and state <> " +
                    std::to_string(static_cast<int>(AttemptState::kAuthenticated)) +
                    " and state <> " + std::to_string(static_cast<int>(AttemptState::kAbandoned)) +
                    " order by started_ms desc, attempt_number desc limit :max");
  return attempts_of(
      session.query(kSelect, {tenant_id, iccid.text(), static_cast<std::int64_t>(max)}));
}

}  // namespace berth::ledger
