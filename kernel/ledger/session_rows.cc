#include "kernel/ledger/session_rows.h"

#include "kernel/ledger/sql.h"

namespace berth::ledger {

Result<std::int64_t> SessionRows::changed(const TenantId& tenant, const Statement& statement,
                                          std::span<const Value> values) const {
  std::int64_t rows = 0;
  BERTH_TRY_VOID(
      transaction_(tenant, [&](Session& session) { rows = session.execute(statement, values); }));
  return rows;
}

Result<bool> SessionRows::insert(const TenantId& tenant, const SessionRow& row, UnixMs now) const {
  static const Statement kInsert{
      "insert into es9_session (tenant_id, transaction_id, revision, phase, expires_ms,"
      " held_until_ms, begun_ms, body) values (:t, :i, 1, :p, :e, 0, :n, :b)"
      " on conflict (tenant_id, transaction_id) do nothing"};
  const Value values[] = {tenant.text(), row.transaction_id.hex(), row.phase, row.expires_ms, now,
                          row.body};
  BERTH_TRY(rows, changed(tenant, kInsert, values));
  return rows == 1;
}

Result<std::optional<HeldSession>> SessionRows::claim(const TenantId& tenant,
                                                      const TransactionId& id, UnixMs now,
                                                      UnixMs until) const {
  static const Statement kClaim{
      "update es9_session set revision = revision + 1, held_until_ms = :u"
      " where tenant_id = :t and transaction_id = :i and held_until_ms <= :n and expires_ms > :m"
      " returning revision, phase, expires_ms, body",
      "iiib"};
  std::optional<HeldSession> held;
  BERTH_TRY_VOID(transaction_(tenant, [&](Session& session) {
    const auto rows = session.query(kClaim, {until, tenant.text(), id.hex(), now, now});
    if (rows.empty()) return;
    const Row& row = rows[0];
    held = HeldSession{{id, value_number(row[1]), value_number(row[2]), value_octets(row[3])},
                       value_number(row[0])};
  }));
  return held;
}

Result<bool> SessionRows::give_back(const TenantId& tenant, const HeldSession& held) const {
  static const Statement kGiveBack{
      "update es9_session set revision = revision + 1, held_until_ms = 0, phase = :p, body = :b"
      " where tenant_id = :t and transaction_id = :i and revision = :r"};
  const Value values[] = {held.row.phase, held.row.body, tenant.text(),
                          held.row.transaction_id.hex(), held.revision};
  BERTH_TRY(rows, changed(tenant, kGiveBack, values));
  return rows == 1;
}

Result<bool> SessionRows::remove(const TenantId& tenant, const HeldSession& held) const {
  static const Statement kRemove{
      "delete from es9_session where tenant_id = :t and transaction_id = :i and revision = :r"};
  const Value values[] = {tenant.text(), held.row.transaction_id.hex(), held.revision};
  BERTH_TRY(rows, changed(tenant, kRemove, values));
  return rows == 1;
}

Result<std::int64_t> SessionRows::count(const TenantId& tenant) const {
  static const Statement kCount{"select count(*) from es9_session where tenant_id = :t", "i"};
  std::int64_t count = 0;
  BERTH_TRY_VOID(transaction_(tenant, [&](Session& session) {
    count = value_number(session.query(kCount, {tenant.text()}).at(0)[0]);
  }));
  return count;
}

Result<std::int64_t> SessionRows::drop_expired(const TenantId& tenant, UnixMs now) const {
  static const Statement kDrop{
      "delete from es9_session where tenant_id = :t and expires_ms <= :n and held_until_ms <= :m"};
  const Value values[] = {tenant.text(), now, now};
  return changed(tenant, kDrop, values);
}

Result<std::int64_t> SessionRows::give_up_oldest(const TenantId& tenant, std::int64_t max,
                                                 UnixMs now, UnixMs begun_by) const {
  // Phase and hold are asked twice: a row that somebody claims meanwhile is looked at again by the
  // outer condition alone.
  static const Statement kGiveUp{
      "delete from es9_session where tenant_id = :t and phase = 1 and held_until_ms <= :n"
      " and transaction_id in (select transaction_id from es9_session where tenant_id = :u"
      " and phase = 1 and held_until_ms <= :m and begun_ms <= :b order by begun_ms, transaction_id "
      "limit :max)"};
  const Value values[] = {tenant.text(), now, tenant.text(), now, begun_by, max};
  return changed(tenant, kGiveUp, values);
}

}  // namespace berth::ledger
