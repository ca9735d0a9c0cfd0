#include "kernel/ledger/profiles.h"

#include <algorithm>
#include <limits>

#include "kernel/ledger/sql.h"

namespace berth::ledger {
namespace {

constexpr Column kColumns[] = {{"tenant_id", 't'},          {"iccid", 't'},
                               {"revision", 'i'},           {"state", 't'},
                               {"profile_type", 't', true}, {"eid", 't'},
                               {"object_name", 't'},        {"object_size", 'i'},
                               {"object_sha256", 'b'},      {"service_provider_name", 't'},
                               {"profile_name", 't'},       {"owner_mcc_mnc", 't'},
                               {"owner_gid1", 't'},         {"owner_gid2", 't'},
                               {"order_id", 't'},           {"created_ms", 'i'},
                               {"changed_ms", 'i'},         {"ppk_object", 't'},
                               {"ppk_sha256", 'b'},         {"ppk_sealed_keys", 'b'},
                               {"saip_version", 't'},       {"services", 't'},
                               {"quarantined", 'i'},        {"installations", 'i'}};
constexpr Table kProfile{"profile", kColumns, 2};

ProfileRecord profile_of(const Row& row) {
  ProfileRecord record{.iccid = stored(Iccid::parse(value_text(row[1])))};
  record.revision = value_number(row[2]);
  record.state = stored(lifecycle::profile_state_from(value_text(row[3])));
  record.profile_type = value_text(row[4]);
  record.eid = stored_optional<Eid>(row[5]);
  record.package.object_name = value_text(row[6]);
  record.package.size_bytes = static_cast<std::uint64_t>(value_number(row[7]));
  record.package.sha256 = value_array<32>(row[8]);
  record.service_provider_name = value_text(row[9]);
  record.profile_name = value_text(row[10]);
  record.owner_mcc_mnc = stored_optional<MccMnc>(row[11]);
  record.owner_gid1_hex = value_text(row[12]);
  record.owner_gid2_hex = value_text(row[13]);
  record.order_id = value_text(row[14]);
  record.created_ms = value_number(row[15]);
  record.changed_ms = value_number(row[16]);
  record.protected_package.object_name = value_text(row[17]);
  if (!record.protected_package.object_name.empty()) {
    record.protected_package.sha256 = value_array<32>(row[18]);
  }
  record.protected_package.sealed_keys = value_octets(row[19]);
  record.saip_version = value_text(row[20]);
  record.services = value_text(row[21]);
  record.quarantined = value_number(row[22]) != 0;
  record.installations = value_count(row[23]);
  return record;
}

std::optional<ProfileRecord> first_of(const std::vector<Row>& rows) {
  if (rows.empty()) return std::nullopt;
  return profile_of(rows[0]);
}

// The values after the key, in column order.
std::vector<Cell> values_of(const ProfileRecord& record, Cell created_ms) {
  const ProtectedPackage& ppk = record.protected_package;
  return {record.revision,
          std::string(lifecycle::to_string(record.state)),
          record.profile_type,
          optional_text(record.eid),
          record.package.object_name,
          static_cast<std::int64_t>(record.package.size_bytes),
          octets_of(record.package.sha256),
          record.service_provider_name,
          record.profile_name,
          optional_text(record.owner_mcc_mnc),
          record.owner_gid1_hex,
          record.owner_gid2_hex,
          record.order_id,
          created_ms,
          InCommit::kTime,  // changed_ms
          ppk.object_name,
          ppk.object_name.empty() ? Value(std::monostate{}) : octets_of(ppk.sha256),
          ppk.sealed_keys,
          record.saip_version,
          record.services,
          std::int64_t{record.quarantined ? 1 : 0},
          std::int64_t{record.installations}};
}

enum : std::size_t { kInsert, kUpdate };

}  // namespace

std::span<const Statement> profile_writes() {
  static const Statement kWrites[] = {insert_into(kProfile), guarded_update_of(kProfile)};
  return kWrites;
}

Steps plan_change(const std::string& tenant_id, const InsertProfile& change) {
  const ProfileRecord& record = change.profile;
  std::vector<Cell> cells = values_of(record, moment_or_now(record.created_ms));
  cells.insert(cells.begin(), {Value(tenant_id), Value(record.iccid.text())});
  return {{&profile_writes()[kInsert], std::move(cells)}};
}

Steps plan_change(const std::string& tenant_id, const UpdateProfile& change) {
  const ProfileRecord& next = change.next;
  std::vector<Cell> cells = changing(kProfile, values_of(next, Value(next.created_ms)));
  cells.insert(cells.end(),
               {Value(tenant_id), Value(next.iccid.text()), Value(change.from_revision)});
  return {{&profile_writes()[kUpdate], std::move(cells), RefusalReason::kGuard}};
}

std::optional<ProfileRecord> find_profile(Session& session, const std::string& tenant_id,
                                          const Iccid& iccid) {
  static const Statement kSelect = select_from(kProfile, "where tenant_id = :t and iccid = :i");
  return first_of(session.query(kSelect, {tenant_id, iccid.text()}));
}

std::vector<ProfileRecord> profiles_after(Session& session, const std::string& tenant_id,
                                          std::string_view after, std::size_t max) {
  static const Statement kSelect =
      select_from(kProfile, "where tenant_id = :t and iccid > :after order by iccid limit :max");
  std::vector<ProfileRecord> records;
  for (const Row& row :
       session.query(kSelect, {tenant_id, std::string(after), static_cast<std::int64_t>(max)})) {
    records.push_back(profile_of(row));
  }
  return records;
}

std::optional<ProfileRecord> find_available_profile(Session& session, const std::string& tenant_id,
                                                    std::string_view type, std::size_t skip) {
  static const Statement kSelect = select_from(
      kProfile,
      "where tenant_id = :t and profile_type = :type and state = 'Available' and eid is null"
      " order by iccid limit 1 offset :skip");
  constexpr std::size_t kMost = std::numeric_limits<std::int64_t>::max();
  return first_of(session.query(
      kSelect, {tenant_id, std::string(type), static_cast<std::int64_t>(std::min(skip, kMost))}));
}

StoredObjects stored_objects_of(Session& session, const std::string& tenant_id) {
  static const Statement kSum{
      "select count(*), sum(case when ppk_object = '' then 0 else 1 end),"
      " cast(sum(object_size) as bigint),"
      " cast(sum(case when ppk_object = '' then 0 else object_size end) as bigint)"
      " from profile where tenant_id = :t",
      "iiii"};
  const std::vector<Row> rows = session.query(kSum, {tenant_id});
  if (rows.empty() || value_number(rows[0][0]) == 0) return {};  // the sums of nothing are null
  const auto number = [&](std::size_t i) {
    return static_cast<std::uint64_t>(value_number(rows[0][i]));
  };
  return {number(0) + number(1), number(2) + number(3)};
}

bool profile_of_type_exists(Session& session, const std::string& tenant_id, std::string_view type) {
  static const Statement kFind{
      "select revision from profile where tenant_id = :t and profile_type = :type limit 1", "i"};
  return !session.query(kFind, {tenant_id, std::string(type)}).empty();
}

}  // namespace berth::ledger
