#include "kernel/ledger/tenant_transaction.h"

#include "kernel/ledger/failure.h"
#include "kernel/ledger/postgres_pool.h"

namespace berth::ledger {

TenantTransaction transactions_on(std::shared_ptr<PostgresPool> pool) {
  return [pool = std::move(pool)](const TenantId& tenant,
                                  const std::function<void(Session&)>& work) -> Result<void> {
    try {
      work(*pool->borrow(tenant.text()));
      return {};
    } catch (const std::exception&) {
      return error_of_current_exception();
    }
  };
}

}  // namespace berth::ledger
