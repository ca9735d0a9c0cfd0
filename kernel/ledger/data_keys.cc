#include "kernel/ledger/data_keys.h"

#include "kernel/ledger/sql.h"

namespace berth::ledger {

std::span<const Statement> data_key_writes() {
  static const Statement kWrites[] = {
      {"insert into data_key (tenant_id, key_id, wrapped, created_ms) values (:t, :k, :w, :c)", "",
       "tibi"}};
  return kWrites;
}

Steps plan_change(const std::string& tenant_id, const InsertDataKey& change) {
  const DataKeyRecord& key = change.key;
  return {{&data_key_writes()[0],
           {Value(tenant_id), Value(std::int64_t{key.key_id}), Value(key.wrapped),
            moment_or_now(key.created_ms)}}};
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
