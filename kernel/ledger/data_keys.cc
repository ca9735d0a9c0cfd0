#include "kernel/ledger/data_keys.h"

#include "kernel/ledger/sql.h"

namespace berth::ledger {

Applied apply_change(Session& session, const ApplyContext& context, const InsertDataKey& change) {
  static const Statement kInsert{
      "insert into data_key (tenant_id, key_id, wrapped, created_ms) values (:t, :k, :w, :c)"};
  const DataKeyRecord& key = change.key;
  session.execute(kInsert, {context.tenant_id, std::int64_t{key.key_id}, key.wrapped,
                            key.created_ms != 0 ? key.created_ms : context.time_ms});
  return std::nullopt;
}

std::vector<DataKeyRecord> all_data_keys(Session& session, const std::string& tenant_id) {
  static const Statement kSelect{
      "select key_id, wrapped, created_ms from data_key where tenant_id = :t order by key_id",
      "ibi"};
  std::vector<DataKeyRecord> keys;
  for (const Row& row : session.query(kSelect, {tenant_id})) {
    keys.push_back({value_count(row[0]), value_octets(row[1]), value_number(row[2])});
  }
  return keys;
}

}  // namespace berth::ledger
