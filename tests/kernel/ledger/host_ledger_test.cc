#include "kernel/ledger/host_ledger.h"

#include <sys/stat.h>

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

struct HostFixture {
  ScratchFolder scratch;
  ManualClock clock{kNow};
  SystemRandom random;
  LedgerOptions options{.folder = scratch.path() / "ledger"};
  std::unique_ptr<HostLedger> host;
  HostLedger& open() {
    host.reset();
    host = must(HostLedger::open(options, clock, random));
    return *host;
  }
  std::string open_refusal() {
    const auto opened = HostLedger::open(options, clock, random);
    return opened.ok() ? "" : std::string(opened.error().reason());
  }
};

unsigned mode_of(const std::filesystem::path& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777U;
}

Unit insert(HostFixture& fixture, int number) {
  Unit unit;
  unit.commit_id = to_hex(fixture.random.bytes(16));
  unit.changes = {InsertProfile{profile(number)}};
  unit.audit = {"profile.imported", {SubjectKind::kProfile, "p"}, "{}"};
  return unit;
}

TEST_CASE("a tenant is registered once and its ledger is a file of its own", "[ledger][sqlite]") {
  HostFixture fixture;
  HostLedger& host = fixture.open();
  CHECK(must(host.tenants()).empty());
  auto aurora = must(host.open_tenant(tenant_id("aurora")));
  auto borealis = must(host.open_tenant(tenant_id("borealis")));
  committed(aurora->commit(insert(fixture, 1)));
  CHECK(must(aurora->profile(iccid(1))).has_value());
  CHECK_FALSE(must(borealis->profile(iccid(1))).has_value());
  CHECK(must(borealis->head()).last_audit_sequence == 0);

  const std::filesystem::path folder = fixture.options.folder;
  CHECK(mode_of(folder) == 0700);
  CHECK(mode_of(folder / "tenants") == 0700);
  for (const std::string_view name : {"host.db", "host.db-wal", "tenants/aurora.db",
                                      "tenants/aurora.db-wal", "tenants/borealis.db"}) {
    CAPTURE(name);
    CHECK(mode_of(folder / name) == 0600);
  }

  aurora.reset();
  borealis.reset();
  HostLedger& again = fixture.open();
  const auto tenants = must(again.tenants());
  REQUIRE(tenants.size() == 2);
  CHECK(tenants[0].id == tenant_id("aurora"));
  CHECK(tenants[0].created_ms == kNow);
  CHECK(must(must(again.open_tenant(tenant_id("aurora")))->profile(iccid(1))).has_value());
  const auto audit = must(again.audit_records(0, 10));
  REQUIRE(audit.size() == 2);
  CHECK(audit[0].type == "tenant.created");
  CHECK(must(again.verify_audit()).intact);
}

TEST_CASE("the host keeps an audit chain of its own", "[ledger][sqlite]") {
  HostFixture fixture;
  HostLedger& host = fixture.open();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(host.audit({"config.loaded", {SubjectKind::kHost, "host"}, "{}"}).ok());
  }
  CHECK(must(host.verify_audit()).records == 3);
  open_sqlite(fixture.options.folder / "host.db", Access::kWrite)
      ->run_script("update audit_record set type = 'x' where sequence = 2");
  CHECK(must(host.verify_audit()).first_bad_sequence == 2);
  CHECK(must(host.measure_commit_ms()) > 0);
}

void keeps_records_guarded(HostLedger& host) {
  const AuditDraft draft{"test.record", {SubjectKind::kHost, "host"}, "{}"};
  const std::int64_t before = must(host.verify_audit()).records;
  const HostRecord first{.kind = "approval", .record_id = "b", .state = "pending", .body = "{1}"};
  CHECK(must(host.put_record(first, 0, draft)));
  CHECK_FALSE(must(host.put_record(first, 0, draft)));  // it is there
  HostRecord next = first;
  next.state = "done";
  next.body = "{2}";
  CHECK_FALSE(must(host.put_record(next, 2, draft)));  // not as it was read
  CHECK(must(host.put_record(next, 1, draft)));
  CHECK_FALSE(must(host.put_record(next, 1, draft)));
  HostRecord other = first;
  other.record_id = "a";
  CHECK(must(host.put_record(other, 0, draft)));
  other.kind = "break_glass";
  CHECK(must(host.put_record(other, 0, draft)));

  const auto read = must(host.record("approval", "b"));
  REQUIRE(read.has_value());
  CHECK(read->revision == 2);
  CHECK(read->state == "done");
  CHECK(read->body == "{2}");
  CHECK(read->created_ms != 0);
  CHECK(read->changed_ms >= read->created_ms);
  CHECK_FALSE(must(host.record("approval", "c")).has_value());
  CHECK_FALSE(must(host.record("tenant", "b")).has_value());
  const auto all = must(host.records("approval", "", "", 10));
  REQUIRE(all.size() == 2);
  CHECK(all[0].record_id == "a");
  CHECK(must(host.records("approval", "done", "", 10)).size() == 1);
  CHECK(must(host.records("approval", "", "a", 10)).size() == 1);
  CHECK(must(host.records("approval", "", "", 1)).size() == 1);
  // What was refused has left no audit record.
  const auto verdict = must(host.verify_audit());
  CHECK(verdict.intact);
  CHECK(verdict.records == before + 4);
}

TEST_CASE("the host's records are guarded by revision, each with its audit record",
          "[ledger][sqlite]") {
  HostFixture fixture;
  keeps_records_guarded(fixture.open());
  // And they are there after the next start.
  CHECK(must(fixture.open().record("approval", "b"))->state == "done");
}

TEST_CASE("the host's records are guarded by revision on PostgreSQL, too",
          "[.][ledger][postgres]") {
  HostFixture fixture;
  const std::string schema = berth::testing::fresh_schema();
  fixture.options.postgres = berth::testing::postgres_options(schema);
  keeps_records_guarded(fixture.open());
  CHECK(must(fixture.open().record("approval", "b"))->state == "done");
}

TEST_CASE("a host ledger of schema 1 is taken along", "[ledger][sqlite]") {
  HostFixture fixture;
  fixture.open();
  fixture.host.reset();
  open_sqlite(fixture.options.folder / "host.db", Access::kWrite)
      ->run_script("drop table host_record; delete from schema_migration where schema_version = 2");
  CHECK(must(fixture.open().records("approval", "", "", 10)).empty());
}

TEST_CASE("two programs cannot work on one folder", "[ledger]") {
  HostFixture fixture;
  fixture.open();
  CHECK(fixture.open_refusal() == "ledger.in_use");
  // A tenant's ledger that is still in use holds the folder, too.
  auto aurora = must(fixture.host->open_tenant(tenant_id("aurora")));
  fixture.host.reset();
  CHECK(fixture.open_refusal() == "ledger.in_use");
  aurora.reset();
  CHECK(fixture.open_refusal().empty());
}

TEST_CASE("a tenant's ledger is opened by one at a time", "[ledger]") {
  HostFixture fixture;
  HostLedger& host = fixture.open();
  auto aurora = must(host.open_tenant(tenant_id("aurora")));
  CHECK(host.open_tenant(tenant_id("aurora")).error().reason() == "ledger.tenant_open");
  aurora.reset();
  CHECK(host.open_tenant(tenant_id("aurora")).ok());
}

TEST_CASE("a registered tenant's file that is lost never becomes a fresh ledger",
          "[ledger][sqlite]") {
  HostFixture fixture;
  HostLedger& host = fixture.open();
  must(host.open_tenant(tenant_id("aurora"))).reset();
  must(host.open_tenant(tenant_id("borealis"))).reset();
  const std::filesystem::path folder = fixture.options.folder / "tenants";
  const std::filesystem::path file = folder / "aurora.db";
  const auto refused_as_lost = [&] {
    const auto opened = host.open_tenant(tenant_id("aurora"));
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().reason() == "ledger.tenant_file_lost");
    CHECK(opened.error().code() == ErrorCode::kDataLoss);
    CHECK(opened.error().message().find(file.string()) != std::string::npos);
    CHECK(opened.error().message().find("backup") != std::string::npos);
  };
  const std::string good = read_file(file);

  SECTION("missing") {
    std::filesystem::remove(file);
    refused_as_lost();
    CHECK_FALSE(std::filesystem::exists(file));
  }
  SECTION("empty, and the log beside it stays for a restore") {
    std::ofstream(file, std::ios::trunc).flush();
    const std::filesystem::path log = folder / "aurora.db-wal";
    std::ofstream(log) << "log";
    refused_as_lost();
    CHECK(read_file(file).empty());
    CHECK(read_file(log) == "log");
    std::filesystem::remove(log);
  }
  SECTION("another tenant's") {
    const std::string other = read_file(folder / "borealis.db");
    std::ofstream(file, std::ios::binary) << other;
    refused_as_lost();
    CHECK(read_file(file) == other);
  }
  SECTION("a database without a ledger") {
    std::filesystem::remove(file);
    REQUIRE(ensure_file(file).ok());
    open_sqlite(file, Access::kWrite)->run_script("create table one (k bigint)");
    refused_as_lost();
  }
  SECTION("its schema without its head") {
    open_sqlite(file, Access::kWrite)->run_script("delete from tenant_head");
    refused_as_lost();
  }
  refused_as_lost();  // and the refusal itself changed nothing
  std::ofstream(file, std::ios::binary) << good;
  CHECK(must(host.open_tenant(tenant_id("aurora")))->head().ok());
}

TEST_CASE("another tenant's file under a new tenant's name is refused", "[ledger][sqlite]") {
  HostFixture fixture;
  HostLedger& host = fixture.open();
  must(host.open_tenant(tenant_id("aurora"))).reset();
  const std::filesystem::path folder = fixture.options.folder / "tenants";
  std::filesystem::copy_file(folder / "aurora.db", folder / "borealis.db");
  const auto opened = host.open_tenant(tenant_id("borealis"));
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().reason() == "ledger.corrupt_row");
  CHECK(must(host.tenants()).size() == 1);
}

TEST_CASE("a file that is no database is refused, not overwritten", "[ledger][sqlite]") {
  HostFixture fixture;
  fixture.open();
  fixture.host.reset();
  std::ofstream(fixture.options.folder / "host.db") << std::string(5000, 'x');
  CHECK(fixture.open_refusal() == "ledger.unavailable");
  CHECK(read_file(fixture.options.folder / "host.db") == std::string(5000, 'x'));
}

TEST_CASE("a folder that cannot be made is an error with its name", "[ledger]") {
  HostFixture fixture;
  std::ofstream(fixture.scratch.path() / "plain") << "x";
  fixture.options.folder = fixture.scratch.path() / "plain" / "ledger";
  const auto opened = HostLedger::open(fixture.options, fixture.clock, fixture.random);
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().reason() == "ledger.folder");
  CHECK(opened.error().message().find("plain/ledger") != std::string::npos);
}

}  // namespace
}  // namespace berth::ledger
