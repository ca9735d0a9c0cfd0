// Where ledgers live: a folder of SQLite files, or one PostgreSQL database. The host ledger opens
// its own chain and its tenants' here and cannot tell which it is.
//
// Thread-safe.

#pragma once

#include "kernel/ledger/open_tenant.h"
#include "kernel/ledger/tenant_transaction.h"

namespace berth::ledger {

class Backend {
 public:
  virtual ~Backend() = default;
  // kHostChain or a tenant's. A registered tenant's chain must be there, with its head
  // ("ledger.tenant_file_lost", "ledger.tenant_rows_lost").
  virtual Result<OpenedChain> open_chain(const std::string& chain, ChainState state,
                                         WriterHooks hooks) = 0;
  // Empty when no other node can be there.
  virtual TenantTransaction common_rows() { return {}; }
  // Milliseconds of one durable write, best of a few.
  virtual Result<double> measure_commit_ms() = 0;
};

// `clock` and `random` outlive the backend.
Result<std::unique_ptr<Backend>> open_sqlite_backend(const LedgerOptions& options,
                                                     const Clock& clock, Random& random);
// Brings the schema up to date when there is an owner's connection. "ledger.role",
// "ledger.schema", "ledger.too_new", "ledger.too_old", "ledger.unavailable".
Result<std::unique_ptr<Backend>> open_postgres_backend(const LedgerOptions& options,
                                                       const Clock& clock, Random& random);

}  // namespace berth::ledger
