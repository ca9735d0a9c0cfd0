#include "kernel/ledger/backend.h"
#include "kernel/ledger/head.h"
#include "kernel/ledger/migrations.h"
#include "kernel/ledger/postgres_batch.h"
#include "kernel/ledger/postgres_pool.h"
#include "kernel/ledger/schema.h"
#include "kernel/ledger/sql.h"

namespace berth::ledger {
namespace {

constexpr std::size_t kReadSessions = 4;  // of one tenant at a time
constexpr int kMeasuredCommits = 5;
constexpr std::string_view kComponent = "platform";

// One at a time migrates; the key is any number nobody else uses.
constexpr std::string_view kMigrationLock = "select pg_advisory_lock(7205759403792793605)";

bool any(Session& session, const Statement& question, std::initializer_list<Value> values) {
  return !session.query(question, values).empty();
}

// Row level security is no wall for a superuser, for a role that bypasses it, or for who could
// take it down.
Result<void> check_role(Session& session) {
  static const Statement kMighty{
      "select cast(rolname as text) from pg_roles where rolname = current_user"
      " and (rolsuper or rolbypassrls)",
      "t"};
  static const Statement kOwner{
      "select cast(tablename as text) from pg_tables where schemaname = current_schema()"
      " and tableowner = current_user limit 1",
      "t"};
  static const Statement kOpenTable{
      "select cast(c.relname as text) from pg_class c join pg_attribute a on a.attrelid = c.oid"
      " where c.relnamespace = cast(current_schema() as regnamespace) and c.relkind = 'r'"
      " and a.attname = 'tenant_id' and not a.attisdropped"
      " and not (c.relrowsecurity and c.relforcerowsecurity) limit 1",
      "t"};
  const auto refuse = [](std::string_view why) {
    return Error(ErrorCode::kFailedPrecondition, "ledger.role",
                 "the ledger's connection would see every tenant's rows: " + std::string(why));
  };
  if (any(session, kMighty, {})) return refuse("its role is a superuser or bypasses row security");
  if (any(session, kOwner, {})) return refuse("its role owns the tables; use another than theirs");
  if (any(session, kOpenTable, {})) return refuse("a table is not under forced row security");
  return {};
}

Error stale_schema(std::string_view what) {
  return {ErrorCode::kFailedPrecondition, "ledger.schema",
          "the database has not " + std::string(what) +
              " of this program; give ownerConnection, so that it can "
              "bring them up to date, or start a program that has it once"};
}

Result<void> check_schema(Session& session) {
  static const Statement kFunction{
      "select cast(proname as text) from pg_proc where proname = :n"
      " and pronamespace = cast(current_schema() as regnamespace)",
      "t"};
  static const Statement kTable{
      "select cast(tablename as text) from pg_tables where schemaname = current_schema()"
      " and tablename = 'schema_migration'",
      "t"};
  if (!any(session, kTable, {})) return stale_schema("the tables");
  BERTH_TRY(version, check_version(session, kComponent, postgres_migrations()));
  if (version != postgres_migrations().back().version) return stale_schema("the schema version");
  if (!any(session, kFunction, {batch_function_name()})) return stale_schema("the functions");
  return {};
}

// Is all there that a start as the tables' owner would put there? Then it must not: its locks on
// every table would meet the batches of nodes that serve, and PostgreSQL would end one of them.
bool is_up_to_date(Session& session) {
  static const Statement kDenied{
      "select cast(c.relname as text) from pg_class c"
      " where c.relnamespace = cast(current_schema() as regnamespace) and c.relkind = 'r'"
      " and c.relname <> 'schema_migration'"
      " and not (has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert')"
      " and has_table_privilege(c.oid, 'update') and has_table_privilege(c.oid, 'delete')) limit 1",
      "t"};
  return check_schema(session) && check_role(session) && !any(session, kDenied, {});
}

// As the tables' owner. Row level security is put on anew after every migration, so that no table
// is ever forgotten.
Result<void> bring_up_to_date(const PostgresOptions& options, const std::string& service_role,
                              UnixMs now_ms) {
  const std::unique_ptr<PostgresSession> session = open_postgres({options.owner_connection});
  session->serve(std::string(kHostChain));
  session->run_script(kMigrationLock);
  // A migration's own writes must see every tenant's rows.
  session->run_script(kPostgresOwner);
  BERTH_TRY_VOID(migrate(*session, kComponent, postgres_migrations(), now_ms));
  session->run_script("begin; set local berth.service = '" + service_role + "'; " +
                      std::string(kPostgresRows) + batch_functions_sql() + "commit");
  return {};
}

Result<std::string> role_of(Session& session) {
  static const Statement kRole{"select cast(current_user as text)", "t"};
  const std::string role = value_text(session.query(kRole, {}).at(0).at(0));
  if (role.find_first_of("\"\\;'") != std::string::npos) {
    return Error(ErrorCode::kInvalidArgument, "ledger.role", "the role's name holds a quote");
  }
  return role;
}

class PostgresBackend final : public Backend {
 public:
  PostgresBackend(const LedgerOptions& options, std::shared_ptr<PostgresPool> pool,
                  const Clock& clock, Random& random)
      : options_(options), pool_(std::move(pool)), clock_(clock), random_(random) {}

  Result<OpenedChain> open_chain(const std::string& chain, ChainState state,
                                 WriterHooks hooks) override {
    OpenSession open = [pool = pool_, chain] { return pool->borrow(chain); };
    try {
      std::unique_ptr<Session> session = open();
      if (state == ChainState::kRegistered && !has_head(*session, chain)) {
        return Error(ErrorCode::kDataLoss, "ledger.tenant_rows_lost",
                     "the database holds no ledger of tenant " + chain +
                         " although it is registered; stop, and restore it from a backup");
      }
      const TenantHead head = join_head(*session, chain);
      return OpenedChain{std::make_unique<Writer>(chain, open, std::move(session), head.epoch,
                                                  options_, clock_, random_, std::move(hooks)),
                         std::make_unique<ReadPool>(open, kReadSessions, false)};
    } catch (const std::exception&) {
      return error_of_current_exception().within("opening the ledger of " + chain);
    }
  }

  TenantTransaction common_rows() override { return transactions_on(pool_); }

  Result<double> measure_commit_ms() override {
    static const Statement kTouch{"update tenant_head set epoch = epoch where tenant_id = :t"};
    const std::string host(kHostChain);
    try {
      const std::unique_ptr<Session> session = pool_->borrow(host);
      double best = std::numeric_limits<double>::max();
      for (int i = 0; i < kMeasuredCommits; ++i) {
        const auto begun = clock_.monotonic();
        session->execute(kTouch, {host});
        const std::chrono::duration<double, std::milli> took = clock_.monotonic() - begun;
        best = std::min(best, took.count());
      }
      return best;
    } catch (const std::exception&) {
      return error_of_current_exception();
    }
  }

 private:
  const LedgerOptions options_;
  std::shared_ptr<PostgresPool> pool_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace

Result<std::unique_ptr<Backend>> open_postgres_backend(const LedgerOptions& options,
                                                       const Clock& clock, Random& random) {
  const PostgresOptions& postgres = *options.postgres;
  auto pool = std::make_shared<PostgresPool>(PostgresConnection{postgres.connection},
                                             postgres.max_connections, options.answer_within);
  try {
    const std::unique_ptr<Session> session = pool->borrow(std::string(kHostChain));
    if (!postgres.owner_connection.empty() && !is_up_to_date(*session)) {
      BERTH_TRY(role, role_of(*session));
      BERTH_TRY_VOID(bring_up_to_date(postgres, role, clock.now_ms()));
    }
    BERTH_TRY_VOID(check_schema(*session));
    BERTH_TRY_VOID(check_role(*session));
  } catch (const std::exception&) {
    return error_of_current_exception().within("opening the ledger's database");
  }
  return std::unique_ptr<Backend>(
      std::make_unique<PostgresBackend>(options, std::move(pool), clock, random));
}

}  // namespace berth::ledger
