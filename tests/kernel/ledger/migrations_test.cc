#include "kernel/ledger/migrations.h"

#include "kernel/ledger/apply.h"
#include "kernel/ledger/head.h"
#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

const std::vector<Migration> kTwo = {{1, 1, 1, {"create table a (x bigint)"}},
                                     {2, 1, 2, {"create table b (x bigint)"}}};

struct MigrationFixture {
  ScratchFolder folder;
  std::filesystem::path file = folder.path() / "m.db";
  std::unique_ptr<Session> session;
  MigrationFixture() {
    REQUIRE(ensure_file(file).ok());
    session = open_sqlite(file, Access::kWrite);
  }
  std::int64_t rows(const std::string& table) {
    return std::get<std::int64_t>(session->query({"select count(*) from " + table, "i"}, {})[0][0]);
  }
};

TEST_CASE("migrations run once, in order, and are recorded", "[ledger][sqlite]") {
  MigrationFixture fixture;
  REQUIRE(migrate(*fixture.session, "test", std::span(kTwo).first(1), kNow).ok());
  CHECK(fixture.rows("schema_migration") == 1);
  REQUIRE(migrate(*fixture.session, "test", kTwo, kNow).ok());
  REQUIRE(migrate(*fixture.session, "test", kTwo, kNow).ok());
  CHECK(fixture.rows("schema_migration") == 2);
  CHECK(fixture.rows("b") == 0);
}

TEST_CASE("a migration that fails leaves the version before it", "[ledger][sqlite]") {
  MigrationFixture fixture;
  const std::vector<Migration> broken = {kTwo[0],
                                         {2, 1, 1, {"create table b (x bigint)", "create bad"}}};
  CHECK_THROWS_AS(migrate(*fixture.session, "test", broken, kNow), DatabaseError);
  CHECK(fixture.rows("schema_migration") == 1);
  REQUIRE(migrate(*fixture.session, "test", kTwo, kNow).ok());
  CHECK(fixture.rows("b") == 0);
}

TEST_CASE("an older program works beside a newer one as far as it is allowed to",
          "[ledger][sqlite]") {
  MigrationFixture fixture;
  const std::span<const Migration> old_program = std::span(kTwo).first(1);
  const auto set = [&](int min_reader, int min_writer) {
    fixture.session->run_script(
        "update schema_migration set min_reader = " + std::to_string(min_reader) +
        ", min_writer = " + std::to_string(min_writer));
  };
  REQUIRE(migrate(*fixture.session, "test", kTwo, kNow).ok());
  set(1, 1);  // expanded only
  CHECK(migrate(*fixture.session, "test", old_program, kNow).ok());
  set(1, 2);  // migrated: may read, may not write
  CHECK(migrate(*fixture.session, "test", old_program, kNow).error().reason() == "ledger.too_old");
  set(2, 2);  // contracted
  CHECK(migrate(*fixture.session, "test", old_program, kNow).error().reason() == "ledger.too_new");
  CHECK(migrate(*fixture.session, "test", kTwo, kNow).ok());
}

// What a program of schema 1 left: stock, an open default order, one with a code, a closed one of
// either kind, a delivered attempt, and the history to them.
void write_schema_1(const std::filesystem::path& file) {
  REQUIRE(ensure_file(file).ok());
  const auto session = open_sqlite(file, Access::kWrite);
  REQUIRE(migrate(*session, "tenant", tenant_migrations().first(1), kNow).ok());
  take_over_head(*session, "aurora");
  for (int i = 1; i <= 5; ++i) {
    const std::string state = i == 5 ? "Available" : "Released";
    session->execute(
        {"insert into profile values ('aurora', :iccid, 3, :state, 'plain', null, 'packages/1', 9,"
         " zeroblob(32), 'Aurora', 'Plan', '26299', 'FF', '', '', 5, 6)"},
        {iccid(i).text(), state});
  }
  const auto order = [&](const std::string& id, int profile_number, bool open, const Value& code) {
    session->execute(
        {"insert into profile_order values ('aurora', :o, 2, :i, :open, :m, :e, 'c-1', 0, 1, 3,"
         " null, 0, 3, 7, :s)"},
        {id, iccid(profile_number).text(), std::int64_t{open ? 1 : 0}, code,
         std::string(eid(1).text()), std::int64_t{profile_number}});
  };
  order("o-1", 1, true, std::monostate{});
  order("o-2", 2, true, std::string("CODE"));
  order("o-3", 3, false, std::monostate{});
  order("o-4", 4, false, std::string("OLD"));
  session->execute(
      {"insert into attempt values ('aurora', '00FF', 1, 'o-2', :i, :e, 1, 1, x'3000', '1.2', 8,"
       " 0)"},
      {iccid(2).text(), std::string(eid(1).text())});
}

TEST_CASE("a schema 1 ledger is taken along with everything in it", "[ledger][sqlite]") {
  TenantFixture fixture;
  write_schema_1(fixture.file());
  TenantLedger& ledger = fixture.open();

  const ProfileRecord stock = must(ledger.profile(iccid(1))).value();
  CHECK(stock.revision == 3);
  CHECK(stock.package.object_name == "packages/1");
  CHECK(stock.protected_package.object_name.empty());
  CHECK(stock.saip_version.empty());
  CHECK(stock.services.empty());
  CHECK_FALSE(stock.quarantined);
  CHECK(stock.installations == 0);
  CHECK(must(ledger.available_profile("plain"))->iccid == iccid(5));
  CHECK(must(ledger.profile_type_in_use("plain")));

  CHECK(must(ledger.order("o-1"))->default_use);
  CHECK_FALSE(must(ledger.order("o-2"))->default_use);
  CHECK(must(ledger.order("o-3"))->default_use);
  CHECK_FALSE(must(ledger.order("o-4"))->default_use);
  CHECK(must(ledger.order("o-2"))->requester == "operator");
  CHECK(must(ledger.order("o-2"))->smds_address.empty());
  CHECK(must(ledger.default_order_for(eid(1)))->order_id == "o-1");
  CHECK(must(ledger.expired_orders(kNow, 10)).empty());

  const auto delivered = must(ledger.overdue_attempts(AttemptState::kDelivered, kNow, 10));
  REQUIRE(delivered.size() == 1);
  CHECK(delivered[0].final_event_id.empty());
  CHECK(must(ledger.attempts_of("o-2")).size() == 1);
  CHECK(must(ledger.deliveries_of(iccid(2), 10)).size() == 1);

  // And it can be worked with.
  OrderRecord next = must(ledger.order("o-1")).value();
  next.attempts_used = 2;
  next.revision = 3;
  committed(
      fixture.put({UpdateOrder{next, 2}, PutProfileType{{.name = "t", .document = "{}"}, 0}}));
  require_intact(ledger);
}

// What a program of schema 5 left: whole units with event, usage fact and audit record.
TEST_CASE("a schema 5 ledger keeps its history, octet for octet", "[ledger][sqlite]") {
  TenantFixture fixture;
  REQUIRE(ensure_file(fixture.file()).ok());
  const auto all = [](Session& session, const std::string& table, const std::string& columns,
                      const std::string& kinds) {
    return session.query({"select " + columns + " from " + table + " order by 1, 2", kinds}, {});
  };
  const auto history = [&](Session& session) {
    return std::vector<std::vector<Row>>{
        all(session, "event",
            "tenant_id, sequence, incarnation, event_id, type, body, committed_ms", "tiittti"),
        all(session, "usage_fact",
            "tenant_id, sequence, kind, quantity_milli, subject, attributes_json, occurred_ms",
            "tititti"),
        all(session, "audit_record",
            "tenant_id, sequence, format, incarnation, time_ms, type, subject_ref, commit_id,"
            " commitment, hash, payload, salt",
            "tiiiitttbbtb"),
        all(session, "ledger_commit",
            "tenant_id, commit_id, incarnation, event_sequence, audit_sequence, time_ms",
            "ttiiii")};
  };
  std::vector<std::vector<Row>> before;
  std::string commit_id;
  {
    const auto session = open_sqlite(fixture.file(), Access::kWrite);
    REQUIRE(migrate(*session, "tenant", tenant_migrations().first(5), kNow).ok());
    TenantHead head = take_over_head(*session, "aurora");
    session->begin_write();
    for (int n = 1; n <= 30; ++n) {
      const Unit unit = fixture.unit({InsertProfile{profile(n)}});
      commit_id = unit.commit_id;
      const UnitPlan plan = plan_unit("aurora", {unit}, fixture.random);
      REQUIRE(apply_unit(*session, "aurora", kNow, plan, head, Undo::kWholeBatch).wrote);
    }
    REQUIRE(store_head(*session, "aurora", head));
    session->commit();
    before = history(*session);
  }
  REQUIRE(before[0].size() == 30);
  TenantLedger& ledger = fixture.open();
  CHECK(history(*open_sqlite(fixture.file(), Access::kRead)) == before);
  CHECK(std::holds_alternative<Committed>(ledger.resolve(commit_id)));
  committed(fixture.put({InsertProfile{profile(31)}}));
  CHECK(must(ledger.events(29, 10)).size() == 2);
  CHECK(must(ledger.usage(29, 10)).size() == 2);
  require_intact(ledger);
  // A program of schema 5 goes on with it.
  fixture.ledger.reset();
  const auto session = open_sqlite(fixture.file(), Access::kWrite);
  CHECK(migrate(*session, "tenant", tenant_migrations().first(5), kNow).ok());
  // Numbers, ids and references are still guarded by the database itself.
  CHECK_THROWS_AS(session->run_script("insert into event select * from event limit 1"),
                  DatabaseError);
  CHECK_THROWS_AS(session->execute({"insert into event select tenant_id, sequence + 100,"
                                    " incarnation, event_id, type, body, committed_ms from event"
                                    " limit 1"},
                                   {}),
                  UniqueViolation);
  CHECK_THROWS_AS(
      session->execute({"insert into audit_record select * from audit_record limit 1"}, {}),
      UniqueViolation);
  CHECK_THROWS_AS(
      session->execute({"insert into ledger_commit select * from ledger_commit limit 1"}, {}),
      UniqueViolation);
  CHECK_THROWS_AS(
      session->execute({"insert into usage_fact values ('aurora', 999, 'k', 1, 's', '{}', 1)"}, {}),
      ReferenceViolation);
}

TEST_CASE("a program of schema 1 may not write a ledger of today, one of schema 2 may",
          "[ledger][sqlite]") {
  TenantFixture fixture;
  fixture.open();
  fixture.ledger.reset();
  const auto session = open_sqlite(fixture.file(), Access::kWrite);
  const Result<void> old = migrate(*session, "tenant", tenant_migrations().first(1), kNow);
  REQUIRE_FALSE(old.ok());
  CHECK(old.error().reason() == "ledger.too_old");
  CHECK(migrate(*session, "tenant", tenant_migrations().first(2), kNow).ok());
  // What it may do is read: its own columns are all still there.
  CHECK(session->query({"select iccid, state, object_sha256, order_id from profile", "ttbt"}, {})
            .empty());
}

TEST_CASE("a tenant's ledger from the future is refused with what to do", "[ledger][sqlite]") {
  TenantFixture fixture;
  fixture.open();
  fixture.ledger.reset();
  fixture.tamper(
      "insert into schema_migration (component, schema_version, min_reader, min_writer,"
      " applied_ms) values ('tenant', 99, 98, 99, 0)");
  const auto opened = open_tenant_ledger(fixture.file(), tenant_id("aurora"), fixture.options,
                                         fixture.clock, fixture.random);
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().reason() == "ledger.too_new");
  CHECK(opened.error().message().find("newer program") != std::string::npos);
}

}  // namespace
}  // namespace berth::ledger
