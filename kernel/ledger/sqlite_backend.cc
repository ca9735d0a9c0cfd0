#include "kernel/ledger/backend.h"
#include "kernel/ledger/checkpointer.h"
#include "kernel/ledger/files.h"

namespace berth::ledger {
namespace {

// A download's rows, for as long as it may take. A few hundred kB a tenant at most.
constexpr std::size_t kRecentRows = 128;

class SqliteBackend final : public Backend {
 public:
  SqliteBackend(const LedgerOptions& options, std::shared_ptr<FolderLock> lock, const Clock& clock,
                Random& random)
      : options_(options), lock_(std::move(lock)), clock_(clock), random_(random) {}

  Result<OpenedChain> open_chain(const std::string& chain, ChainState state,
                                 WriterHooks hooks) override {
    const bool host = chain == kHostChain;
    const std::filesystem::path file =
        host ? options_.folder / "host.db" : options_.folder / "tenants" / (chain + ".db");
    return ledger::open_chain({file, chain, host ? "host" : "tenant", state}, options_, clock_,
                              random_, std::move(hooks), {}, {checkpoints_, kRecentRows});
  }
  Result<double> measure_commit_ms() override { return measure_sync_ms(options_.folder); }

 private:
  const LedgerOptions options_;
  std::shared_ptr<FolderLock> lock_;
  const std::shared_ptr<Checkpointer> checkpoints_ = std::make_shared<Checkpointer>();
  const Clock& clock_;
  Random& random_;
};

}  // namespace

Result<std::unique_ptr<Backend>> open_sqlite_backend(const LedgerOptions& options,
                                                     const Clock& clock, Random& random) {
  BERTH_TRY_VOID(ensure_folder(options.folder));
  BERTH_TRY_VOID(ensure_folder(options.folder / "tenants"));
  BERTH_TRY(lock, FolderLock::take(options.folder));
  return std::unique_ptr<Backend>(
      std::make_unique<SqliteBackend>(options, std::move(lock), clock, random));
}

}  // namespace berth::ledger
