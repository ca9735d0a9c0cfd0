#include "kernel/ledger/host_records.h"

#include "kernel/ledger/sql.h"

namespace berth::ledger {
namespace {

constexpr std::string_view kColumns =
    "select record_id, revision, state, body, created_ms, changed_ms from host_record";
constexpr std::string_view kKinds = "tittii";

HostRecord read_record(const std::string& kind, const Row& row) {
  return {.kind = kind,
          .record_id = value_text(row[0]),
          .revision = value_number(row[1]),
          .state = value_text(row[2]),
          .body = value_text(row[3]),
          .created_ms = value_number(row[4]),
          .changed_ms = value_number(row[5])};
}

Statement select(std::string_view tail) {
  return {std::string(kColumns) + std::string(tail), std::string(kKinds)};
}

}  // namespace

std::span<const Statement> host_record_writes() {
  static const Statement kWrites[] = {
      {"insert into host_record (tenant_id, kind, record_id, revision, state, body, created_ms,"
       " changed_ms) values (:t, :k, :i, 1, :s, :b, :c, :m)",
       "", "tttttii"},
      {"update host_record set revision = revision + 1, state = :s, body = :b, changed_ms = :m"
       " where tenant_id = :t and kind = :k and record_id = :i and revision = :from_revision",
       "", "ttittti"}};
  return kWrites;
}

Step plan_host_record(const HostRecord& next, std::int64_t from_revision) {
  const Value chain{std::string(kHostChain)};
  if (from_revision == 0) {
    return {&host_record_writes()[0],
            {chain, Value(next.kind), Value(next.record_id), Value(next.state), Value(next.body),
             InCommit::kTime, InCommit::kTime}};
  }
  return {&host_record_writes()[1],
          {Value(next.state), Value(next.body), InCommit::kTime, chain, Value(next.kind),
           Value(next.record_id), Value(from_revision)},
          RefusalReason::kGuard};
}

std::optional<HostRecord> find_host_record(Session& session, const std::string& kind,
                                           const std::string& record_id) {
  static const Statement kFind = select(" where tenant_id = :t and kind = :k and record_id = :i");
  const auto rows = session.query(kFind, {std::string(kHostChain), kind, record_id});
  if (rows.empty()) return std::nullopt;
  return read_record(kind, rows[0]);
}

std::vector<HostRecord> host_records(Session& session, const std::string& kind,
                                     const std::string& state, const std::string& after,
                                     std::size_t max) {
  static const Statement kAll =
      select(" where tenant_id = :t and kind = :k and record_id > :a order by record_id limit :m");
  static const Statement kOfState = select(
      " where tenant_id = :t and kind = :k and state = :s and record_id > :a"
      " order by record_id limit :m");
  const std::string chain(kHostChain);
  const auto limit = static_cast<std::int64_t>(max);
  const auto rows = state.empty() ? session.query(kAll, {chain, kind, after, limit})
                                  : session.query(kOfState, {chain, kind, state, after, limit});
  std::vector<HostRecord> found;
  for (const Row& row : rows) found.push_back(read_record(kind, row));
  return found;
}

}  // namespace berth::ledger
