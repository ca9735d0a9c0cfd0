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

}  // namespace

Applied apply_change(Session& session, const ApplyContext& context, const PutProfileType& change) {
  static const Statement kInsert = insert_into(kProfileType);
  static const Statement kUpdate = [] {
    Statement statement = update_of(kProfileType);
    statement.sql += " and revision = :from_revision";
    return statement;
  }();
  const ProfileTypeRecord& type = change.type;
  if (change.from_revision == 0) {
    session.execute(kInsert,
                    {context.tenant_id, type.name, type.revision, type.document, context.time_ms});
    return std::nullopt;
  }
  if (session.execute(kUpdate, {type.revision, type.document, context.time_ms, context.tenant_id,
                                type.name, change.from_revision}) != 1) {
    return RefusalReason::kGuard;
  }
  return std::nullopt;
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
