#include "kernel/ledger/host_rows.h"

#include "kernel/ledger/sql.h"

namespace berth::ledger {

std::span<const Statement> host_writes() {
  static const Statement kWrites[] = {
      {"insert into tenant (tenant_id, created_ms) values (:t, :c)", "", "ti"}};
  return kWrites;
}

Step plan_tenant(const TenantId& tenant) {
  return {&host_writes()[0], {Value(tenant.text()), InCommit::kTime}};
}

bool is_registered(Session& session, const TenantId& tenant) {
  static const Statement kFind{"select created_ms from tenant where tenant_id = :t", "i"};
  return !session.query(kFind, {tenant.text()}).empty();
}

std::vector<TenantEntry> registered_tenants(Session& session) {
  static const Statement kSelect{"select tenant_id, created_ms from tenant order by tenant_id",
                                 "ti"};
  std::vector<TenantEntry> entries;
  for (const Row& row : session.query(kSelect, {})) {
    entries.push_back({stored(TenantId::parse(value_text(row[0]))), value_number(row[1])});
  }
  return entries;
}

}  // namespace berth::ledger
