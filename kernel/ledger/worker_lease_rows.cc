#include "kernel/ledger/worker_lease_rows.h"

#include "kernel/ledger/sql.h"

namespace berth::ledger {

Result<std::optional<WorkerLease>> WorkerLeaseRows::find(const TenantId& tenant,
                                                         const std::string& work) const {
  static const Statement kSelect{
      "select holder, revision from worker_lease where tenant_id = :t and work = :w", "ti"};
  std::optional<WorkerLease> lease;
  BERTH_TRY_VOID(transaction_(tenant, [&](Session& session) {
    const auto rows = session.query(kSelect, {tenant.text(), work});
    if (!rows.empty()) lease = {value_text(rows[0][0]), value_number(rows[0][1])};
  }));
  return lease;
}

Result<bool> WorkerLeaseRows::insert(const TenantId& tenant, const std::string& work,
                                     const std::string& holder) const {
  static const Statement kInsert{
      "insert into worker_lease (tenant_id, work, holder, revision) values (:t, :w, :h, 1)"
      " on conflict (tenant_id, work) do nothing"};
  std::int64_t rows = 0;
  BERTH_TRY_VOID(transaction_(tenant, [&](Session& session) {
    rows = session.execute(kInsert, {tenant.text(), work, holder});
  }));
  return rows == 1;
}

Result<bool> WorkerLeaseRows::pass(const TenantId& tenant, const std::string& work,
                                   const WorkerLease& from, const std::string& to) const {
  static const Statement kPass{
      "update worker_lease set holder = :h, revision = revision + 1"
      " where tenant_id = :t and work = :w and holder = :f and revision = :r"};
  std::int64_t rows = 0;
  BERTH_TRY_VOID(transaction_(tenant, [&](Session& session) {
    rows = session.execute(kPass, {to, tenant.text(), work, from.holder, from.revision});
  }));
  return rows == 1;
}

}  // namespace berth::ledger
