#include "kernel/ledger/leaving_rows.h"

#include <array>
#include <nlohmann/json.hpp>

#include "kernel/ledger/sql.h"

namespace berth::ledger {
namespace {

using nlohmann::ordered_json;

struct Rows {
  std::string_view name;
  std::string_view table;
  std::string_view key;    // columns, separated by ", "; first in `columns`, too
  std::string_view kinds;  // of `columns`, as in Statement
  std::string_view columns;
  std::string_view where = {};
};

constexpr Rows kRows[] = {
    {"profile-types", "profile_type", "name", "tti", "name, document, changed_ms"},
    {"profiles", "profile", "iccid",
     "ttttibttttttiitt"
     "ii",
     "iccid, state, profile_type, eid, object_size, object_sha256, service_provider_name,"
     " profile_name, owner_mcc_mnc, owner_gid1, owner_gid2, order_id, quarantined, installations,"
     " saip_version, services, created_ms, changed_ms"},
    {"orders", "profile_order", "order_id",
     "ttitittt"
     "iiiiiii",
     "order_id, iccid, is_open, eid, default_use, requester, smds_address, correlation_id,"
     " expires_ms, attempts_used, attempts_max, code_attempts_used, code_attempts_max, created_ms,"
     " created_sequence"},
    {"attempts", "attempt", "transaction_id", "ttttiibtiit",
     "transaction_id, order_id, iccid, eid, attempt_number, state, euicc_certificate, smdp_oid,"
     " started_ms, ended_ms, final_event_id"},
    {"evidence", "evidence", "eid, sequence_number, digest", "tibttbii",
     "eid, sequence_number, digest, operation, iccid, notification, received_ms, commit_sequence"},
    {"reports", "progress_report", "report_id", "tiititiiit",
     "report_id, commit_sequence, position, iccid, point, body, state, tries, created_ms, problem"},
    {"events", "event", "sequence", "iittti",
     "sequence, incarnation, event_id, type, body, committed_ms"},
    {"usage", "usage_fact", "sequence",
     "itittt"
     "i",
     "sequence, kind, quantity_milli, subject, attributes_json, occurred_ms"},
    {"subjects", "subject", "subject_ref", "titi", "subject_ref, kind, identity, created_ms"},
    {"audit", "audit_record", "sequence", "iiiitttbbtb",
     "sequence, format, incarnation, time_ms, type, subject_ref, commit_id, commitment, hash,"
     " payload, salt"},
    {kCodeRows, "profile_order", "order_id", "ttt", "order_id, iccid, matching_id",
     " and is_open = 1 and matching_id is not null"},
};

constexpr auto kNames = [] {
  std::array<std::string_view, std::size(kRows) - 1> names{};
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kRows[i].name;
  return names;
}();

// "a, b" as its parts.
std::vector<std::string> parts_of(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const std::size_t end = list.find(',');
    parts.emplace_back(list.substr(0, end));
    list = end == std::string_view::npos ? std::string_view() : list.substr(end + 1);
    while (list.starts_with(' ')) list.remove_prefix(1);
  }
  return parts;
}

// object_sha256 is objectSha256.
std::string member_of(std::string_view column) {
  std::string member;
  bool upper = false;
  for (const char c : column) {
    if (c == '_') {
      upper = true;
      continue;
    }
    member += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  return member;
}

ordered_json told(const Value& value, char kind) {
  if (kind == 'b') return to_hex(value_octets(value));
  if (kind == 'i') return value_number(value);
  return value_text(value);
}

Value key_value(const ordered_json& told, char kind) {
  if (kind == 'i') return told.get<std::int64_t>();
  if (kind != 'b') return told.get<std::string>();
  auto octets = from_hex(told.get<std::string>());
  if (!octets) throw CorruptRow("no cursor of these rows");
  return *std::move(octets);
}

Statement statement_of(const Rows& rows, bool further) {
  const std::string key(rows.key);
  std::string sql = "select " + std::string(rows.columns) + " from " + std::string(rows.table) +
                    " where tenant_id = :t" + std::string(rows.where);
  if (further) {
    std::string values;
    std::size_t number = 0;
    for ([[maybe_unused]] const std::string& one : parts_of(key)) {
      values += (values.empty() ? ":k" : ", :k") + std::to_string(++number);
    }
    sql += " and (" + key + ") > (" + values + ")";
  }
  return {sql + " order by " + key + " limit :n", std::string(rows.kinds)};
}

// Rows taken away a thousand at a time, by their key.
struct Deleted {
  const char* table;
  const char* key;
};
constexpr Deleted kDeleted[] = {{"binding", "iccid"},
                                {"pending_notification", "digest"},
                                {"stored_answer", "requester, function, identifier"}};
// Columns emptied, a range of keys at a time.
struct Emptied {
  const char* table;
  const char* key;
  const char* columns;
};
constexpr Emptied kEmptied[] = {
    {"profile", "iccid", "ppk_sealed_keys = null"},
    {"profile_order", "order_id", "matching_id = null, code_sha256 = null"}};

bool delete_some(Session& session, const std::string& tenant_id, const Deleted& rows) {
  const std::string key = rows.key;
  const std::string table = rows.table;
  const Statement statement{"delete from " + table + " where tenant_id = :t and (" + key +
                            ") in (select " + key + " from " + table +
                            " where tenant_id = :u limit :n)"};
  return session.execute(statement,
                         {tenant_id, tenant_id, static_cast<std::int64_t>(kMaxRowsPage)}) > 0;
}

// The last key of the range; empty: there was none left.
std::string empty_some(Session& session, const std::string& tenant_id, const Emptied& rows,
                       const std::string& after) {
  const std::string key = rows.key;
  const std::string table = rows.table;
  const Statement range{"select " + key + " from " + table + " where tenant_id = :t and " + key +
                            " > :a order by " + key + " limit :n",
                        "t"};
  const std::vector<Row> found =
      session.query(range, {tenant_id, after, static_cast<std::int64_t>(kMaxRowsPage)});
  if (found.empty()) return {};
  std::string last = value_text(found.back()[0]);
  const Statement statement{"update " + table + " set " + rows.columns +
                            " where tenant_id = :t and " + key + " > :a and " + key + " <= :l"};
  session.execute(statement, {tenant_id, after, last});
  return last;
}

}  // namespace

std::span<const std::string_view> returned_rows() { return kNames; }

RowsPage rows_from(Session& session, const std::string& tenant_id, std::string_view name,
                   const std::string& from) {
  const Rows* rows = nullptr;
  for (const Rows& one : kRows) {
    if (one.name == name) rows = &one;
  }
  BERTH_ASSERT(rows != nullptr);
  const std::vector<std::string> columns = parts_of(rows->columns);
  const std::size_t keys = parts_of(rows->key).size();
  std::vector<Value> values{tenant_id};
  if (!from.empty()) {
    const ordered_json cursor = ordered_json::parse(from, nullptr, false);
    if (!cursor.is_array() || cursor.size() != keys) throw CorruptRow("no cursor of these rows");
    for (std::size_t i = 0; i < keys; ++i) values.push_back(key_value(cursor[i], rows->kinds[i]));
  }
  values.emplace_back(static_cast<std::int64_t>(kMaxRowsPage));
  RowsPage page;
  ordered_json last;
  for (const Row& row : session.query(statement_of(*rows, !from.empty()), values)) {
    ordered_json line = ordered_json::object();
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (std::holds_alternative<std::monostate>(row[i])) continue;
      line[member_of(columns[i])] = told(row[i], rows->kinds[i]);
    }
    last = ordered_json::array();
    for (std::size_t i = 0; i < keys; ++i) last.push_back(told(row[i], rows->kinds[i]));
    page.lines.push_back(line.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  }
  if (page.lines.size() == kMaxRowsPage) page.next = last.dump();
  return page;
}

// `at` is "<number of the table>/<last key>".
bool erase_step(Session& session, const std::string& tenant_id, std::string& at) {
  for (const Deleted& rows : kDeleted) {
    if (delete_some(session, tenant_id, rows)) return true;
  }
  std::size_t number = at.empty() ? 0 : static_cast<std::size_t>(at.front() - '0');
  std::string after = at.empty() ? std::string() : at.substr(2);
  while (number < std::size(kEmptied)) {
    const std::string last = empty_some(session, tenant_id, kEmptied[number], after);
    if (!last.empty()) {
      at = std::to_string(number) + "/" + last;
      return true;
    }
    ++number;
    after.clear();
  }
  return false;
}

}  // namespace berth::ledger
