#include "kernel/ledger/head.h"
#include "kernel/ledger/migrations.h"
#include "kernel/ledger/open_tenant.h"

namespace berth::ledger {
namespace {
constexpr std::size_t kReadSessions = 4;
}

Result<OpenedChain> open_chain(const ChainSource& source, const LedgerOptions& options,
                               const Clock& clock, Random& random, WriterHooks hooks,
                               std::function<void(Session&)> on_write_session) {
  BERTH_TRY_VOID(ensure_file(source.file));
  const std::filesystem::path& file = source.file;
  OpenSession open_write = [file, on_write_session] {
    std::unique_ptr<Session> session = open_sqlite(file, Access::kWrite);
    if (on_write_session) on_write_session(*session);
    return session;
  };
  OpenSession open_read = [file] { return open_sqlite(file, Access::kRead); };
  try {
    std::unique_ptr<Session> session = open_write();
    const auto migrations = source.component == "host" ? host_migrations() : tenant_migrations();
    BERTH_TRY_VOID(migrate(*session, source.component, migrations, clock.now_ms()));
    const TenantHead head = take_over_head(*session, source.chain);
    return OpenedChain{
        std::make_unique<Writer>(source.chain, std::move(open_write), std::move(session),
                                 head.epoch, options, clock, random, std::move(hooks)),
        std::make_unique<ReadPool>(std::move(open_read), kReadSessions)};
  } catch (const std::exception&) {
    return error_of_current_exception().within("opening " + file.string());
  }
}

}  // namespace berth::ledger
