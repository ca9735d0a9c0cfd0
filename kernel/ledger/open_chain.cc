#include "kernel/ledger/head.h"
#include "kernel/ledger/migrations.h"
#include "kernel/ledger/open_tenant.h"

namespace berth::ledger {
namespace {

constexpr std::size_t kReadSessions = 4;

Error lost(const ChainSource& source, std::string_view what) {
  return {ErrorCode::kDataLoss, "ledger.tenant_file_lost",
          source.file.string() + " " + std::string(what) + " although tenant " + source.chain +
              " is registered; stop, and restore the file from a backup"};
}

// Before SQLite sees it: beside an empty file it would throw the log away, and with it what a
// restore could still use.
Result<void> require_file(const ChainSource& source) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(source.file, error);
  if (error == std::errc::no_such_file_or_directory) return lost(source, "is gone");
  if (!error && size == 0) return lost(source, "is empty");
  return {};
}

// Before migrations, which would give a foreign or empty database the look of a ledger.
Result<void> require_head(Session& session, const ChainSource& source) {
  static const Statement kTable{
      "select name from sqlite_master where type = 'table' and name = 'tenant_head'", "t"};
  if (session.query(kTable, {}).empty()) return lost(source, "holds no ledger");
  if (!has_head(session, source.chain)) return lost(source, "does not hold this tenant's ledger");
  return {};
}

}  // namespace

Result<OpenedChain> open_chain(const ChainSource& source, const LedgerOptions& options,
                               const Clock& clock, Random& random, WriterHooks hooks,
                               std::function<void(Session&)> on_write_session, ChainAids aids) {
  const bool registered = source.state == ChainState::kRegistered;
  if (registered) BERTH_TRY_VOID(require_file(source));
  BERTH_TRY_VOID(ensure_file(source.file));
  const std::filesystem::path& file = source.file;
  OpenSession open_write = [file, on_write_session, checkpoints = aids.checkpoints] {
    std::unique_ptr<Session> session = open_sqlite(file, Access::kWrite, checkpoints);
    if (on_write_session) on_write_session(*session);
    return session;
  };
  OpenSession open_read = [file] { return open_sqlite(file, Access::kRead); };
  try {
    std::unique_ptr<Session> session = open_write();
    if (registered) BERTH_TRY_VOID(require_head(*session, source));
    const auto migrations = source.component == "host" ? host_migrations() : tenant_migrations();
    BERTH_TRY_VOID(migrate(*session, source.component, migrations, clock.now_ms()));
    const TenantHead head = take_over_head(*session, source.chain);
    auto recent = aids.recent_rows == 0 ? nullptr : std::make_shared<RecentRows>(aids.recent_rows);
    return OpenedChain{
        std::make_unique<Writer>(source.chain, std::move(open_write), std::move(session),
                                 head.epoch, options, clock, random, std::move(hooks), recent),
        std::make_unique<ReadPool>(std::move(open_read), kReadSessions), recent};
  } catch (const std::exception&) {
    return error_of_current_exception().within("opening " + file.string());
  }
}

}  // namespace berth::ledger
