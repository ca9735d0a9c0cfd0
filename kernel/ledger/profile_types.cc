#include "kernel/ledger/profile_types.h"

#include "kernel/ledger/sql.h"

namespace berth::ledger {
namespace {

constexpr Column kColumns[] = {
    {"tenant_id", 't'}, {"name", 't'}, {"revision", 'i'}, {"document", 't'}, {"changed_ms", 'i'}};
constexpr Table kProfileType{"profile_type", kColumns, 2};

ProfileTypeRecord profile_type_of(const Row& row) {
  return {value_text(row[1]), value_number(row[2]), value_text(row[3]), value_number(row[4])};
}

enum : std::size_t { kInsert, kUpdate };

}  // namespace

std::span<const Statement> profile_type_writes() {
  static const Statement kWrites[] = {insert_into(kProfileType), guarded_update_of(kProfileType)};
  return kWrites;
}

Steps plan_change(const std::string& tenant_id, const PutProfileType& change) {
  const ProfileTypeRecord& type = change.type;
  const Value tenant = tenant_id;
  if (change.from_revision == 0) {
    return {
        {&profile_type_writes()[kInsert],
         {tenant, Value(type.name), Value(type.revision), Value(type.document), InCommit::kTime}}};
  }
  return {{&profile_type_writes()[kUpdate],
           {Value(type.revision), Value(type.document), InCommit::kTime, tenant, Value(type.name),
            Value(change.from_revision)},
           RefusalReason::kGuard}};
}

std::optional<ProfileTypeRecord> find_profile_type(Session& session, const std::string& tenant_id,
                                                   std::string_view name) {
  static const Statement kSelect = select_from(kProfileType, "where tenant_id = :t and name = :n");
  const std::vector<Row> rows = session.query(kSelect, {tenant_id, std::string(name)});
  if (rows.empty()) return std::nullopt;
  return profile_type_of(rows[0]);
}

std::vector<ProfileTypeRecord> profile_types_after(Session& session, const std::string& tenant_id,
                                                   std::string_view after, std::size_t max) {
  static const Statement kSelect =
      select_from(kProfileType, "where tenant_id = :t and name > :after order by name limit :max");
  std::vector<ProfileTypeRecord> records;
  for (const Row& row :
       session.query(kSelect, {tenant_id, std::string(after), static_cast<std::int64_t>(max)})) {
    records.push_back(profile_type_of(row));
  }
  return records;
}

}  // namespace berth::ledger
