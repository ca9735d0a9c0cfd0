#include "kernel/ledger/bindings.h"

#include "kernel/ledger/sql.h"

namespace berth::ledger {
namespace {

constexpr Column kColumns[] = {{"tenant_id", 't'},
                               {"iccid", 't'},
                               {"revision", 'i'},
                               {"order_id", 't'},
                               {"eid", 't'},
                               {"euicc_otpk", 'b'},
                               {"dp_otpk", 'b'},
                               {"control_ref_template", 'b'},
                               {"sealed_session_keys", 'b'},
                               {"metadata", 'b'},
                               {"ci_key_id", 't'},
                               {"created_ms", 'i'}};
constexpr Table kBinding{"binding", kColumns, 2};

std::vector<Cell> values_of(const BindingRecord& record) {
  return {record.revision,
          record.order_id,
          std::string(record.eid.text()),
          record.euicc_otpk,
          record.dp_otpk,
          record.control_ref_template,
          record.sealed_session_keys,
          record.metadata,
          record.ci_key_id_hex,
          moment_or_now(record.created_ms)};
}

enum : std::size_t { kInsert, kUpdate, kDelete };

}  // namespace

std::span<const Statement> binding_writes() {
  static const Statement kWrites[] = {
      insert_into(kBinding),
      guarded_update_of(kBinding),
      {"delete from binding where tenant_id = :t and iccid = :i", "", "tt"}};
  return kWrites;
}

Steps plan_change(const std::string& tenant_id, const PutBinding& change) {
  const BindingRecord& record = change.binding;
  std::vector<Cell> cells = values_of(record);
  const Cell key[] = {Value(tenant_id), Value(record.iccid.text())};
  if (change.from_revision == 0) {
    cells.insert(cells.begin(), std::begin(key), std::end(key));
    return {{&binding_writes()[kInsert], std::move(cells)}};
  }
  cells.insert(cells.end(), std::begin(key), std::end(key));
  cells.emplace_back(Value(change.from_revision));
  return {{&binding_writes()[kUpdate], std::move(cells), RefusalReason::kGuard}};
}

Steps plan_change(const std::string& tenant_id, const DropBinding& change) {
  return {{&binding_writes()[kDelete], {Value(tenant_id), Value(change.iccid.text())}}};
}

std::optional<BindingRecord> find_binding(Session& session, const std::string& tenant_id,
                                          const Iccid& iccid) {
  static const Statement kSelect = select_from(kBinding, "where tenant_id = :t and iccid = :i");
  const std::vector<Row> rows = session.query(kSelect, {tenant_id, iccid.text()});
  if (rows.empty()) return std::nullopt;
  const Row& row = rows[0];
  BindingRecord record{.iccid = iccid,
                       .order_id = value_text(row[3]),
                       .eid = stored(Eid::parse(value_text(row[4])))};
  record.revision = value_number(row[2]);
  record.euicc_otpk = value_octets(row[5]);
  record.dp_otpk = value_octets(row[6]);
  record.control_ref_template = value_octets(row[7]);
  record.sealed_session_keys = value_octets(row[8]);
  record.metadata = value_octets(row[9]);
  record.ci_key_id_hex = value_text(row[10]);
  record.created_ms = value_number(row[11]);
  return record;
}

}  // namespace berth::ledger
