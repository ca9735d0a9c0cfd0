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

std::vector<Value> values_of(const BindingRecord& record, UnixMs created_ms) {
  return {record.revision,
          record.order_id,
          std::string(record.eid.text()),
          record.euicc_otpk,
          record.dp_otpk,
          record.control_ref_template,
          record.sealed_session_keys,
          record.metadata,
          record.ci_key_id_hex,
          created_ms};
}

}  // namespace

Applied apply_change(Session& session, const ApplyContext& context, const PutBinding& change) {
  static const Statement kInsert = insert_into(kBinding);
  static const Statement kUpdate = [] {
    Statement statement = update_of(kBinding);
    statement.sql += " and revision = :from_revision";
    return statement;
  }();
  const BindingRecord& record = change.binding;
  std::vector<Value> values =
      values_of(record, record.created_ms != 0 ? record.created_ms : context.time_ms);
  if (change.from_revision == 0) {
    values.insert(values.begin(), {context.tenant_id, record.iccid.text()});
    session.execute(kInsert, values);
    return std::nullopt;
  }
  values.insert(values.end(), {context.tenant_id, record.iccid.text(), change.from_revision});
  if (session.execute(kUpdate, values) != 1) return RefusalReason::kGuard;
  return std::nullopt;
}

Applied apply_change(Session& session, const ApplyContext& context, const DropBinding& change) {
  static const Statement kDelete{"delete from binding where tenant_id = :t and iccid = :i"};
  session.execute(kDelete, {context.tenant_id, change.iccid.text()});
  return std::nullopt;
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
