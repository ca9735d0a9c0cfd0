#include "kernel/ledger/migrations.h"

#include "kernel/ledger/schema.h"
#include "kernel/ledger/sql.h"

namespace berth::ledger {
namespace {

struct SchemaState {
  std::int64_t version = 0;
  std::int64_t min_reader = 0;
  std::int64_t min_writer = 0;
};

SchemaState load_state(Session& session, const std::string& component) {
  static const Statement kSelect{
      "select schema_version, min_reader, min_writer from schema_migration"
      " where component = :c order by schema_version desc limit 1",
      "iii"};
  const std::vector<Row> rows = session.query(kSelect, {component});
  if (rows.empty()) return {};
  return {value_number(rows[0][0]), value_number(rows[0][1]), value_number(rows[0][2])};
}

void apply_migration(Session& session, const std::string& component, const Migration& migration,
                     UnixMs now_ms) {
  static const Statement kInsert{
      "insert into schema_migration (component, schema_version, min_reader, min_writer, applied_ms)"
      " values (:c, :v, :r, :w, :a)"};
  session.begin_schema_change();
  try {
    // Somebody else may have been here between the look and the lock.
    if (load_state(session, component).version < migration.version) {
      for (const std::string_view script : migration.scripts) session.run_script(script);
      session.execute(kInsert, {component, migration.version, migration.min_reader,
                                migration.min_writer, now_ms});
    }
    session.commit();
  } catch (...) {
    session.rollback();
    throw;
  }
}

}  // namespace

std::span<const Migration> host_migrations() {
  static const std::vector<Migration> kMigrations = {{1, 1, 1, {kChainSchema1, kHostSchema1}},
                                                     {2, 1, 1, {kHostSchema2}}};
  return kMigrations;
}

std::span<const Migration> tenant_migrations() {
  // A writer of version 1 would leave holes in 2: default orders without their mark, stock that a
  // card has a claim to given to another, attempts in a state it takes for damage.
  static const std::vector<Migration> kMigrations = {{1, 1, 1, {kChainSchema1, kTenantSchema1}},
                                                     {2, 1, 2, {kTenantSchema2}},
                                                     {3, 1, 2, {kTenantSchema3}},
                                                     {4, 1, 2, {kTenantSchema4}},
                                                     {5, 1, 2, {kTenantSchema5}},
                                                     {6, 1, 2, {kTenantSchema6}}};
  return kMigrations;
}

std::span<const Migration> postgres_migrations() {
  static const std::vector<Migration> kMigrations = {
      {1,
       1,
       1,
       {kChainSchema1, kHostSchema1, kTenantSchema1, kTenantSchema2, kTenantSchema3, kEs9Session,
        "alter table es9_session set unlogged;", kWorkerLease}},
      {2, 1, 1, {kTenantSchema4}},
      {3, 1, 1, {kTenantSchema5}},
      {4, 1, 1, {kHostSchema2}}};
  return kMigrations;
}

Result<std::int64_t> check_version(Session& session, std::string_view component,
                                   std::span<const Migration> migrations) {
  BERTH_ASSERT(!migrations.empty());
  const std::int64_t ours = migrations.back().version;
  const SchemaState state = load_state(session, std::string(component));
  const std::string versions = " (schema " + std::to_string(state.version) + ", this program " +
                               std::to_string(ours) + "); run the newer program";
  if (state.min_reader > ours) {
    return Error(ErrorCode::kFailedPrecondition, "ledger.too_new",
                 "the ledger was written by a newer program and cannot be read" + versions);
  }
  if (state.min_writer > ours) {
    return Error(ErrorCode::kFailedPrecondition, "ledger.too_old",
                 "this program is too old to write the ledger" + versions);
  }
  return state.version;
}

Result<void> migrate(Session& session, std::string_view component,
                     std::span<const Migration> migrations, UnixMs now_ms) {
  session.run_script(
      "create table if not exists schema_migration (component text not null,"
      " schema_version bigint not null, min_reader bigint not null, min_writer bigint not null,"
      " applied_ms bigint not null, primary key (component, schema_version))");
  BERTH_TRY(version, check_version(session, component, migrations));
  for (const Migration& migration : migrations) {
    if (migration.version > version) {
      apply_migration(session, std::string(component), migration, now_ms);
    }
  }
  return {};
}

}  // namespace berth::ledger
