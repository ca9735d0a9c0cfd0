// Opens one chain: a tenant's ledger, or the host's.

#pragma once

#include "kernel/ledger/checkpointer.h"
#include "kernel/ledger/files.h"
#include "kernel/ledger/writer.h"

namespace berth::ledger {

enum class ChainState : std::uint8_t {
  kFirstUse = 1,  // made when it is not there
  kRegistered,    // its tenant has used it: it must be there with the tenant's head
};

// One tenant's SQLite file by itself; for tests.
Result<std::unique_ptr<TenantLedger>> open_tenant_ledger(
    const std::filesystem::path& file, const TenantId& tenant, const LedgerOptions& options,
    const Clock& clock, Random& random, std::shared_ptr<void> held = nullptr,
    WriterHooks hooks = {}, std::function<void(Session&)> on_write_session = {},
    ChainState state = ChainState::kFirstUse);

// Migrates the file and takes its head over. "ledger.tenant_file_lost" when a registered tenant's
// file is missing, empty or not this tenant's; it is given neither schema nor head.
struct OpenedChain {
  std::unique_ptr<Writer> writer;
  std::unique_ptr<ReadPool> reads;
  std::shared_ptr<RecentRows> recent = nullptr;  // null: others write, too
};
struct ChainSource {
  std::filesystem::path file;
  std::string chain;      // tenant id or kHostChain
  std::string component;  // "host" or "tenant"
  ChainState state = ChainState::kFirstUse;
};
// What makes it faster; tests of the rows themselves go without.
struct ChainAids {
  std::shared_ptr<Checkpointer> checkpoints = nullptr;
  std::size_t recent_rows = 0;
};
Result<OpenedChain> open_chain(const ChainSource& source, const LedgerOptions& options,
                               const Clock& clock, Random& random, WriterHooks hooks,
                               std::function<void(Session&)> on_write_session, ChainAids aids = {});

// `held` lives as long as the ledger: the mark that this tenant is open.
std::unique_ptr<TenantLedger> make_tenant_ledger(const TenantId& tenant, OpenedChain chain,
                                                 Random& random, std::shared_ptr<void> held);

}  // namespace berth::ledger
