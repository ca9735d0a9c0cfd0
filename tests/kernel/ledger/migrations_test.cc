#include "kernel/ledger/migrations.h"

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

TEST_CASE("migrations run once, in order, and are recorded", "[ledger]") {
  MigrationFixture fixture;
  REQUIRE(migrate(*fixture.session, "test", std::span(kTwo).first(1), kNow).ok());
  CHECK(fixture.rows("schema_migration") == 1);
  REQUIRE(migrate(*fixture.session, "test", kTwo, kNow).ok());
  REQUIRE(migrate(*fixture.session, "test", kTwo, kNow).ok());
  CHECK(fixture.rows("schema_migration") == 2);
  CHECK(fixture.rows("b") == 0);
}

TEST_CASE("a migration that fails leaves the version before it", "[ledger]") {
  MigrationFixture fixture;
  const std::vector<Migration> broken = {kTwo[0],
                                         {2, 1, 1, {"create table b (x bigint)", "create bad"}}};
  CHECK_THROWS_AS(migrate(*fixture.session, "test", broken, kNow), DatabaseError);
  CHECK(fixture.rows("schema_migration") == 1);
  REQUIRE(migrate(*fixture.session, "test", kTwo, kNow).ok());
  CHECK(fixture.rows("b") == 0);
}

TEST_CASE("an older program works beside a newer one as far as it is allowed to", "[ledger]") {
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

TEST_CASE("a tenant's ledger from the future is refused with what to do", "[ledger]") {
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
