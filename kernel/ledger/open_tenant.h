// Opens one tenant's SQLite file; HostLedger::open_tenant and the tests are its callers.

#pragma once

#include "kernel/ledger/files.h"
#include "kernel/ledger/writer.h"

namespace berth::ledger {

// `held` lives as long as the ledger: the folder's lock, the mark that this tenant is open.
Result<std::unique_ptr<TenantLedger>> open_tenant_ledger(
    const std::filesystem::path& file, const TenantId& tenant, const LedgerOptions& options,
    const Clock& clock, Random& random, std::shared_ptr<void> held = nullptr,
    WriterHooks hooks = {}, std::function<void(Session&)> on_write_session = {});

// Migrates the file and takes its head over.
struct OpenedChain {
  std::unique_ptr<Writer> writer;
  std::unique_ptr<ReadPool> reads;
};
struct ChainSource {
  std::filesystem::path file;
  std::string chain;      // tenant id or kHostChain
  std::string component;  // "host" or "tenant"
};
Result<OpenedChain> open_chain(const ChainSource& source, const LedgerOptions& options,
                               const Clock& clock, Random& random, WriterHooks hooks,
                               std::function<void(Session&)> on_write_session);

}  // namespace berth::ledger
