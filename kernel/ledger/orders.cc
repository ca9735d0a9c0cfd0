#include "kernel/ledger/orders.h"

#include <algorithm>

#include "kernel/ledger/sql.h"

namespace berth::ledger {
namespace {

constexpr Column kColumns[] = {{"tenant_id", 't'},
                               {"order_id", 't'},
                               {"revision", 'i'},
                               {"iccid", 't', true},
                               {"is_open", 'i'},
                               {"matching_id", 't'},
                               {"eid", 't'},
                               {"correlation_id", 't'},
                               {"expires_ms", 'i'},
                               {"attempts_used", 'i'},
                               {"attempts_max", 'i'},
                               {"code_sha256", 'b'},
                               {"code_attempts_used", 'i'},
                               {"code_attempts_max", 'i'},
                               {"created_ms", 'i'},
                               {"default_use", 'i'},
                               {"requester", 't'},
                               {"smds_address", 't'},
                               {"inherits_quarantine", 'i'}};
constexpr Table kOrder{"profile_order", kColumns, 2};

OrderRecord order_of(const Row& row) {
  OrderRecord record{.order_id = value_text(row[1]),
                     .iccid = stored(Iccid::parse(value_text(row[3])))};
  record.revision = value_number(row[2]);
  record.open = value_number(row[4]) != 0;
  record.matching_id = stored_optional<MatchingId>(row[5]);
  record.eid = stored_optional<Eid>(row[6]);
  record.correlation_id = value_text(row[7]);
  record.expires_ms = value_number(row[8]);
  record.attempts_used = value_count(row[9]);
  record.attempts_max = value_count(row[10]);
  if (!std::holds_alternative<std::monostate>(row[11])) {
    record.confirmation_code_sha256 = value_array<32>(row[11]);
  }
  record.code_attempts_used = value_count(row[12]);
  record.code_attempts_max = value_count(row[13]);
  record.created_ms = value_number(row[14]);
  record.default_use = value_number(row[15]) != 0;
  record.requester = value_text(row[16]);
  record.smds_address = value_text(row[17]);
  record.inherits_quarantine = value_number(row[18]) != 0;
  return record;
}

std::optional<OrderRecord> first_of(const std::vector<Row>& rows) {
  if (rows.empty()) return std::nullopt;
  return order_of(rows[0]);
}

std::vector<Cell> values_of(const OrderRecord& record, Cell created_ms) {
  return {record.revision,
          record.iccid.text(),
          std::int64_t{record.open ? 1 : 0},
          optional_text(record.matching_id),
          optional_text(record.eid),
          record.correlation_id,
          record.expires_ms,
          std::int64_t{record.attempts_used},
          std::int64_t{record.attempts_max},
          record.confirmation_code_sha256 ? octets_of(*record.confirmation_code_sha256)
                                          : Value(std::monostate{}),
          std::int64_t{record.code_attempts_used},
          std::int64_t{record.code_attempts_max},
          created_ms,
          std::int64_t{record.default_use ? 1 : 0},
          record.requester,
          record.smds_address,
          std::int64_t{record.inherits_quarantine ? 1 : 0}};
}

enum : std::size_t { kInsert, kUpdate, kUnexpired, kUpdateInPlace };

Statement insert_order() {
  Statement statement = insert_into(kOrder);
  // Creation order survives equal times and clocks set back.
  statement.sql.replace(statement.sql.find(") values"), 1, ", created_sequence)");
  statement.sql.replace(statement.sql.size() - 1, 1, ", :created_sequence)");
  statement.parameters += 'i';
  return statement;
}

bool places(const Column& column) {
  return column.name == "is_open" || column.name == "matching_id" || column.name == "expires_ms";
}

// The update of an order that stays where it is in every index; the three columns that say where
// are looked at instead of written.
Statement update_in_place() {
  std::vector<Column> columns;
  std::copy_if(std::begin(kColumns), std::end(kColumns), std::back_inserter(columns),
               [](const Column& column) { return !places(column); });
  Statement statement = guarded_update_of({kOrder.name, columns, kOrder.key_columns});
  statement.sql +=
      " and is_open = :open and matching_id is not distinct from :code and expires_ms = :expires";
  statement.parameters += "iti";
  return statement;
}

std::vector<Cell> cells_of(const OrderRecord& next, bool in_place) {
  std::vector<Cell> cells = values_of(next, Value(next.created_ms));
  std::vector<Cell> kept;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Column& column = kColumns[kOrder.key_columns + i];
    if (!column.fixed && !(in_place && places(column))) kept.push_back(std::move(cells[i]));
  }
  return kept;
}

}  // namespace

std::span<const Statement> order_writes() {
  static const Statement kWrites[] = {
      insert_order(),
      guarded_update_of(kOrder),
      {"select 1 where not exists (select 1 from profile_order where tenant_id = :t"
       " and order_id = :o and revision = :r and expires_ms <> 0 and expires_ms < :now)",
       "i", "ttii"},
      update_in_place()};
  return kWrites;
}

// The unique indexes on open orders refuse a second one for a MatchingID or a profile.
Steps plan_change(const std::string& tenant_id, const InsertOrder& change) {
  const OrderRecord& record = change.order;
  std::vector<Cell> cells = values_of(record, moment_or_now(record.created_ms));
  cells.insert(cells.begin(), {Value(tenant_id), Value(record.order_id)});
  cells.emplace_back(InCommit::kAuditSequence);
  return {{&order_writes()[kInsert], std::move(cells)}};
}

// Expiry is asked inside the commit, so that an order cannot expire between the look and the leap.
Steps plan_change(const std::string& tenant_id, const UpdateOrder& change) {
  const Value id = change.next.order_id;
  Steps steps;
  if (change.must_be_unexpired) {
    steps.push_back({&order_writes()[kUnexpired],
                     {Value(tenant_id), id, Value(change.from_revision), InCommit::kTime},
                     RefusalReason::kExpired});
  }
  const OrderRecord& next = change.next;
  std::vector<Cell> cells = cells_of(next, change.in_place);
  cells.insert(cells.end(), {Value(tenant_id), id, Value(change.from_revision)});
  if (change.in_place) {
    cells.insert(cells.end(), {Value(std::int64_t{next.open ? 1 : 0}),
                               optional_text(next.matching_id), Value(next.expires_ms)});
  }
  steps.push_back({&order_writes()[change.in_place ? kUpdateInPlace : kUpdate], std::move(cells),
                   RefusalReason::kGuard});
  return steps;
}

std::optional<OrderRecord> find_order(Session& session, const std::string& tenant_id,
                                      const std::string& order_id) {
  static const Statement kSelect = select_from(kOrder, "where tenant_id = :t and order_id = :o");
  return first_of(session.query(kSelect, {tenant_id, order_id}));
}

std::optional<OrderRecord> find_order_by_code(Session& session, const std::string& tenant_id,
                                              const MatchingId& id) {
  static const Statement kSelect =
      select_from(kOrder,
                  "where tenant_id = :t and matching_id = :m"
                  " order by is_open desc, created_sequence desc limit 1");
  return first_of(session.query(kSelect, {tenant_id, id.text()}));
}

std::optional<OrderRecord> find_default_order(Session& session, const std::string& tenant_id,
                                              const Eid& eid) {
  static const Statement kSelect = select_from(
      kOrder,
      "where tenant_id = :t and eid = :e and is_open = 1 and default_use = 1"
      " order by (select case when p.state in ('Released', 'Downloaded') then 0 else 1 end"
      " from profile p where p.tenant_id = profile_order.tenant_id"
      " and p.iccid = profile_order.iccid), created_sequence limit 1");
  return first_of(session.query(kSelect, {tenant_id, std::string(eid.text())}));
}

std::vector<OrderRecord> orders_expired(Session& session, const std::string& tenant_id, UnixMs now,
                                        std::size_t max) {
  static const Statement kSelect =
      select_from(kOrder,
                  "where tenant_id = :t and is_open = 1 and expires_ms <> 0 and expires_ms < :now"
                  " order by expires_ms, created_sequence limit :max");
  std::vector<OrderRecord> records;
  for (const Row& row : session.query(kSelect, {tenant_id, now, static_cast<std::int64_t>(max)})) {
    records.push_back(order_of(row));
  }
  return records;
}

}  // namespace berth::ledger
