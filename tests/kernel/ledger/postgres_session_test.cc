#include "kernel/ledger/postgres_session.h"

#include "kernel/ledger/batch.h"
#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;
using berth::testing::as_superuser;
using berth::testing::ask_superuser;

// Two tenants with a profile each in one database.
struct Neighbours {
  std::string schema = berth::testing::fresh_schema();
  ManualClock clock{kNow};
  SystemRandom random;
  LedgerOptions options{.postgres = berth::testing::postgres_options(schema)};
  std::unique_ptr<HostLedger> host = must(HostLedger::open(options, clock, random));
  std::unique_ptr<TenantLedger> aurora = must(host->open_tenant(tenant_id("aurora")));
  std::unique_ptr<TenantLedger> borealis = must(host->open_tenant(tenant_id("borealis")));

  Neighbours() {
    put(*aurora, 1);
    put(*borealis, 2);
  }
  void put(TenantLedger& ledger, int number) {
    Unit unit;
    unit.commit_id = to_hex(random.bytes(16));
    unit.changes = {InsertProfile{profile(number)}};
    unit.event = EventDraft{random.uuid(), "profileStateChanged", R"({"a":1})"};
    unit.audit = {"profile.imported", {SubjectKind::kProfile, std::to_string(number)}, "{}"};
    committed(ledger.commit(std::move(unit)));
  }
  std::unique_ptr<PostgresSession> serving(const std::string& chain) {
    auto session = open_postgres({options.postgres->connection});
    session->serve(chain);
    return session;
  }
};

constexpr const char* kTenantTables[] = {"profile", "event",         "audit_record",
                                         "subject", "ledger_commit", "tenant_head"};

TEST_CASE("a query that forgets whose rows it wants finds its own tenant's alone",
          "[.][ledger][postgres][R5:part]") {
  Neighbours two;
  for (const std::string table : kTenantTables) {
    INFO(table);
    const Statement forgetful{"select tenant_id from " + table, "t"};
    for (const std::string tenant : {"aurora", "borealis"}) {
      const auto session = two.serving(tenant);
      const std::vector<Row> rows = session->query(forgetful, std::span<const Value>());
      CHECK_FALSE(rows.empty());
      for (const Row& row : rows) CHECK(std::get<std::string>(row[0]) == tenant);
    }
    CHECK(two.serving("corona")->query(forgetful, std::span<const Value>()).empty());
  }
  // A connection that was told of no tenant at all sees nothing either, and is no error of ours.
  CHECK(ask_superuser(two.schema, "select count(*) from profile") == "2");
  CHECK(ask_superuser(two.schema, "set role berth_service; select count(*) from profile") == "0");
}

TEST_CASE("no statement writes, moves or deletes another tenant's row",
          "[.][ledger][postgres][R5:part]") {
  Neighbours two;
  const auto thief = two.serving("borealis");
  const auto run = [&](const std::string& sql) {
    return thief->execute(Statement{sql}, std::span<const Value>());
  };
  CHECK(run("update profile set state = 'Available' where tenant_id = 'aurora'") == 0);
  CHECK(run("delete from event where tenant_id = 'aurora'") == 0);
  CHECK_THROWS_AS(run("update profile set tenant_id = 'aurora'"), DatabaseError);
  CHECK_THROWS_AS(run("insert into profile_type (tenant_id, name, revision, document, changed_ms)"
                      " values ('aurora', 'x', 1, '{}', 0)"),
                  DatabaseError);
  CHECK_THROWS_AS(run("alter table profile disable row level security"), DatabaseError);
  CHECK_THROWS_AS(run("truncate event"), DatabaseError);
  CHECK(must(two.aurora->events(0, 10)).size() == 1);
  require_intact(*two.aurora);
  // The list of tenants is the host's.
  const Statement tenants{"select tenant_id from tenant", "t"};
  CHECK(thief->query(tenants, std::span<const Value>()).empty());
  CHECK(two.serving(std::string(kHostChain))->query(tenants, std::span<const Value>()).size() == 2);
}

TEST_CASE("values come back from PostgreSQL as they went in", "[.][ledger][postgres]") {
  Neighbours two;
  const auto session = two.serving("aurora");
  const Statement echo{
      "select cast(:a as bigint), cast(:b as text), cast(:c as bytea), cast(:d as bytea),"
      " cast(:e as text), cast(:f as text)",
      "itbbtt"};
  Bytes octets(256);
  for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<std::uint8_t>(i);
  const std::string text = "ä'\"\\ \x01 $1 :x";
  const Value values[] = {std::int64_t{INT64_MIN}, text,         octets, Bytes{},
                          std::monostate{},        std::string()};
  const Row row = session->query(echo, values).at(0);
  CHECK(row[0] == Value(std::int64_t{INT64_MIN}));
  CHECK(row[1] == Value(text));
  CHECK(row[2] == Value(octets));
  CHECK(row[3] == Value(std::monostate{}));
  CHECK(row[4] == Value(std::monostate{}));
  CHECK(row[5] == Value(std::string()));
  const Value cut[] = {std::int64_t{1}, std::string("a\0b", 3), octets, octets, text, text};
  CHECK_THROWS_AS(session->query(echo, cut), DatabaseError);
}

TEST_CASE("a failure's text holds neither a value nor a password", "[.][ledger][postgres][R24]") {
  Neighbours two;
  const auto session = two.serving("aurora");
  const Statement insert{
      "insert into profile_type (tenant_id, name, revision, document, changed_ms)"
      " values (:t, :n, 1, :d, 0)"};
  const Value values[] = {std::string("aurora"), std::string("NAME-CANARY"),
                          std::string("DOCUMENT-CANARY")};
  session->execute(insert, values);
  try {
    session->execute(insert, values);
    FAIL("a taken key was accepted");
  } catch (const UniqueViolation& failure) {
    CHECK(std::string(failure.what()).find("CANARY") == std::string::npos);
  }
  try {
    open_postgres({"host=/nowhere dbname=berth user=x password=PASSWORD-CANARY"});
    FAIL("a server that is not there answered");
  } catch (const DatabaseError& failure) {
    CHECK(std::string(failure.what()).find("CANARY") == std::string::npos);
  }
}

TEST_CASE("a transaction that failed half way is not committed in silence",
          "[.][ledger][postgres]") {
  Neighbours two;
  const auto session = two.serving("aurora");
  session->begin_write();
  const std::span<const Value> none;
  CHECK(session->execute(Statement{"update profile set services = 'x'"}, none) == 1);
  CHECK_THROWS_AS(session->execute(Statement{"delete from nothing"}, none), DatabaseError);
  try {
    session->commit();
    FAIL("it says that it committed");
  } catch (const OutcomeUnknown&) {
    FAIL("it is known that it did not");
  } catch (const DatabaseError&) {
    CHECK_FALSE(session->in_transaction());
  }
  CHECK(session->reusable());
}

TEST_CASE("a connection lost in a COMMIT says that nobody knows", "[.][ledger][postgres][R142]") {
  Neighbours two;
  const auto session = two.serving("aurora");
  session->begin_write();
  CHECK(session->in_transaction());
  as_superuser(two.schema,
               "select pg_terminate_backend(pid) from pg_stat_activity"
               " where usename = 'berth_service' and state = 'idle in transaction'");
  CHECK_THROWS_AS(session->commit(), OutcomeUnknown);
  CHECK_FALSE(session->reusable());
}

}  // namespace
}  // namespace berth::ledger
