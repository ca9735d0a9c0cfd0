#include "kernel/ledger/data_keys.h"

#include "kernel/ledger/sql.h"

namespace berth::ledger {

std::span<const Statement> data_key_writes() {
  static const Statement kWrites[] = {
      {"insert into data_key (tenant_id, key_id, wrapped, created_ms) values (:t, :k, :w, :c)", "",
       "tibi"},
      {"update data_key set wrapped = :w, next_wrapped = :n, revision = :r"
       " where tenant_id = :t and key_id = :k and revision = :from_revision",
       "", "bbitii"}};
  return kWrites;
}

Steps plan_change(const std::string& tenant_id, const InsertDataKey& change) {
  const DataKeyRecord& key = change.key;
  return {{&data_key_writes()[0],
           {Value(tenant_id), Value(std::int64_t{key.key_id}), Value(key.wrapped),
            moment_or_now(key.created_ms)}}};
}

Steps plan_change(const std::string& tenant_id, const UpdateDataKey& change) {
  const DataKeyRecord& key = change.next;
  return {{&data_key_writes()[1],
           {Value(key.wrapped), Value(key.next_wrapped), Value(key.revision), Value(tenant_id),
            Value(std::int64_t{key.key_id}), Value(change.from_revision)},
           RefusalReason::kGuard}};
}

std::vector<DataKeyRecord> all_data_keys(Session& session, const std::string& tenant_id) {
  static const Statement kSelect{
      "select key_id, wrapped, created_ms, next_wrapped, revision from data_key"
      " where tenant_id = :t order by key_id",
      "ibibi"};
  std::vector<DataKeyRecord> keys;
  for (const Row& row : session.query(kSelect, {tenant_id})) {
    keys.push_back({value_count(row[0]), value_octets(row[1]), value_number(row[2]),
                    value_octets(row[3]), value_number(row[4])});
  }
  return keys;
}

}  // namespace berth::ledger
