#include <future>
#include <thread>

#include "kernel/ledger/backend.h"
#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;
using berth::testing::as_superuser;
using berth::testing::ask_superuser;
using std::chrono::milliseconds;

// One process's view of a database that others use as well.
struct Node {
  ManualClock clock{kNow};
  SystemRandom random;
  LedgerOptions options;
  std::unique_ptr<HostLedger> host;
  std::unique_ptr<TenantLedger> aurora;

  explicit Node(const std::string& schema, milliseconds answer_within = milliseconds(10'000)) {
    options.postgres = berth::testing::postgres_options(schema);
    options.answer_within = answer_within;
    options.settle_interval = milliseconds(50);
    host = must(HostLedger::open(options, clock, random));
    aurora = must(host->open_tenant(tenant_id("aurora")));
  }
  ~Node() {
    aurora.reset();
    host.reset();
  }
  Unit unit(std::vector<Change> changes = {}) {
    Unit made;
    made.commit_id = to_hex(random.bytes(16));
    made.changes = std::move(changes);
    made.event = EventDraft{random.uuid(), "test", R"({"a":1})"};
    made.usage = UsageDraft{.kind = "profile.changed", .subject = "order"};
    made.audit = {"note", {SubjectKind::kProfile, "p"}, "{}"};
    return made;
  }
};

std::string refusal_of(const PostgresOptions& postgres) {
  ManualClock clock{kNow};
  SystemRandom random;
  const auto opened = HostLedger::open({.postgres = postgres}, clock, random);
  return opened.ok() ? "" : std::string(opened.error().reason());
}

// Until it is known, as a service has to.
Outcome settled(TenantLedger& ledger, const Unit& unit, milliseconds longest) {
  const auto give_up = std::chrono::steady_clock::now() + longest;
  Outcome outcome = ledger.commit(unit);
  while (std::chrono::steady_clock::now() < give_up) {
    if (std::holds_alternative<Committed>(outcome)) return outcome;
    if (std::holds_alternative<Unknown>(outcome)) {
      outcome = ledger.resolve(unit.commit_id);
    } else if (std::get<Refused>(outcome).reason == RefusalReason::kUnavailable) {
      std::this_thread::sleep_for(milliseconds(5));
      outcome = ledger.commit(unit);
    } else {
      return outcome;
    }
  }
  return outcome;
}

void require_gap_free(TenantLedger& ledger, std::size_t expected) {
  std::vector<EventRecord> events;
  while (true) {
    const auto page = must(ledger.events(static_cast<std::int64_t>(events.size()), 1000));
    if (page.empty()) break;
    events.insert(events.end(), page.begin(), page.end());
  }
  REQUIRE(events.size() == expected);
  for (std::size_t i = 0; i < events.size(); ++i) {
    REQUIRE(events[i].sequence == static_cast<std::int64_t>(i) + 1);
  }
  require_intact(ledger);
}

TEST_CASE("a role that row security does not hold is refused", "[.][ledger][postgres][R5:part]") {
  const std::string schema = berth::testing::fresh_schema();
  PostgresOptions options = berth::testing::postgres_options(schema);
  CHECK(refusal_of(options) == "");
  PostgresOptions mighty = options;
  mighty.connection = berth::testing::postgres_words("postgres", schema);
  CHECK(refusal_of(mighty) == "ledger.role");
  PostgresOptions owner = options;
  owner.connection = options.owner_connection;
  CHECK(refusal_of(owner) == "ledger.role");
  options.owner_connection.clear();
  CHECK(refusal_of(options) == "");
  as_superuser(schema, "alter table event no force row level security");
  CHECK(refusal_of(options) == "ledger.role");
}

// A node that starts while another serves: its locks would meet the other's batches, and PostgreSQL
// would end one of the two.
TEST_CASE("a start with nothing to bring up to date locks no table", "[.][ledger][postgres]") {
  const std::string schema = berth::testing::fresh_schema();
  const PostgresOptions options = berth::testing::postgres_options(schema);
  CHECK(refusal_of(options) == "");
  const auto serving = open_postgres({options.connection});
  serving->run_script("begin; lock table event, evidence, profile_order in row exclusive mode");
  auto start = std::async(std::launch::async, [&] { return refusal_of(options); });
  const bool waits = start.wait_for(std::chrono::seconds(20)) == std::future_status::timeout;
  serving->run_script("rollback");
  CHECK_FALSE(waits);
  CHECK(start.get() == "");
}

TEST_CASE("what the service may not do is brought up to date, by the owner's word",
          "[.][ledger][postgres]") {
  const std::string schema = berth::testing::fresh_schema();
  const PostgresOptions options = berth::testing::postgres_options(schema);
  CHECK(refusal_of(options) == "");
  as_superuser(schema, "revoke insert on event from berth_service");
  as_superuser(schema, "alter table evidence no force row level security");
  CHECK(refusal_of(options) == "");
  Node node(schema);
  CHECK(std::holds_alternative<Committed>(node.aurora->commit(node.unit())));
}

TEST_CASE("tables of another program are refused unless the owner may mend them",
          "[.][ledger][postgres]") {
  const std::string schema = berth::testing::fresh_schema();
  PostgresOptions options = berth::testing::postgres_options(schema);
  PostgresOptions service = options;
  service.owner_connection.clear();
  CHECK(refusal_of(service) == "ledger.schema");
  CHECK(refusal_of(options) == "");
  CHECK(refusal_of(service) == "");
  as_superuser(schema,
               "drop function " +
                   ask_superuser(schema,
                                 "select p.oid::regprocedure from pg_proc p join pg_namespace n"
                                 " on n.oid = p.pronamespace where n.nspname = current_schema()"
                                 " and proname like 'berth_commit%'"));
  CHECK(refusal_of(service) == "ledger.schema");
  CHECK(refusal_of(options) == "");
  as_superuser(schema,
               "update schema_migration set min_reader = 99, min_writer = 99,"
               " schema_version = 99"
               " where schema_version = (select max(schema_version) from schema_migration)");
  CHECK(refusal_of(options) == "ledger.too_new");
  CHECK(refusal_of({.connection = "host=/nowhere dbname=x"}) == "ledger.unavailable");
}

TEST_CASE("a registered tenant whose rows are gone never becomes a fresh ledger",
          "[.][ledger][postgres]") {
  const std::string schema = berth::testing::fresh_schema();
  { Node node(schema); }
  as_superuser(schema, "delete from tenant_head where tenant_id = 'aurora'");
  ManualClock clock{kNow};
  SystemRandom random;
  const auto host =
      must(HostLedger::open({.postgres = berth::testing::postgres_options(schema)}, clock, random));
  CHECK(host->open_tenant(tenant_id("aurora")).error().reason() == "ledger.tenant_rows_lost");
}

TEST_CASE("two nodes write one tenant: numbers are gap-free, and of two guards one wins",
          "[.][ledger][postgres][R76]") {
  const std::string schema = berth::testing::fresh_schema();
  Node a(schema);
  Node b(schema);
  committed(a.aurora->commit(a.unit({InsertProfile{profile(0)}})));
  constexpr int kEach = 60;
  std::atomic<int> won{0};
  std::atomic<int> others{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        Node& node = t % 2 == 0 ? a : b;
        for (int i = 0; i < kEach; ++i) {
          ProfileRecord next = must(node.aurora->profile(iccid(0))).value();
          UpdateProfile change{.next = next, .from_revision = next.revision};
          change.next.revision++;
          const Outcome outcome = node.aurora->commit(node.unit({change}));
          if (std::holds_alternative<Committed>(outcome)) ++won;
          const auto* refused = std::get_if<Refused>(&outcome);
          if (refused != nullptr && refused->reason == RefusalReason::kGuard) ++others;
        }
      });
    }
  }
  CHECK(won + others == 4 * kEach);
  CHECK(must(b.aurora->profile(iccid(0)))->revision == won + 1);
  require_gap_free(*a.aurora, static_cast<std::size_t>(won) + 1);
  require_gap_free(*b.aurora, static_cast<std::size_t>(won) + 1);
}

TEST_CASE("connections cut at any moment lose no commit and repeat none",
          "[.][ledger][postgres][R76][R137:part]") {
  const std::string schema = berth::testing::fresh_schema();
  Node a(schema);
  Node b(schema);
  constexpr int kEach = 80;
  std::atomic<int> unsettled{0};
  std::atomic<bool> done{false};
  std::jthread killer([&] {
    while (!done) {
      // One at a time, and with a pause in which a slow machine can make a new connection.
      as_superuser(schema,
                   "select pg_terminate_backend(pid) from pg_stat_activity"
                   " where usename = 'berth_service' order by random() limit 1");
      std::this_thread::sleep_for(milliseconds(20));
    }
  });
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        Node& node = t % 2 == 0 ? a : b;
        for (int i = 0; i < kEach; ++i) {
          const Unit unit = node.unit({InsertProfile{profile(t * kEach + i)}});
          const Outcome outcome = settled(*node.aurora, unit, milliseconds(30'000));
          if (!std::holds_alternative<Committed>(outcome)) ++unsettled;
        }
      });
    }
  }
  done = true;
  killer.join();
  CHECK(unsettled == 0);
  require_gap_free(*b.aurora, 4 * kEach);
  CHECK(must(b.aurora->profiles("", 1000)).size() == 4 * kEach);
}

TEST_CASE("a database that answers nobody is told within the time given", "[.][ledger][postgres]") {
  const std::string schema = berth::testing::fresh_schema();
  Node node(schema, milliseconds(200));
  auto blocker = open_postgres({node.options.postgres->connection});
  blocker->serve("aurora");
  blocker->begin_write();  // the head is somebody else's
  const Unit first = node.unit();
  const Unit second = node.unit();
  CHECK(std::holds_alternative<Unknown>(node.aurora->commit(first)));
  // Not begun: it is taken back, and cannot happen later.
  CHECK(refused(node.aurora->commit(second)) == RefusalReason::kUnavailable);
  CHECK(std::holds_alternative<Unknown>(node.aurora->resolve(first.commit_id)));
  blocker->rollback();
  CHECK(std::holds_alternative<Committed>(settled(*node.aurora, first, milliseconds(20'000))));
  require_gap_free(*node.aurora, 1);
}

void await_standby(bool there) {
  for (int i = 0; i < 600; ++i) {
    const bool streaming =
        ask_superuser("public",
                      "select count(*) from pg_stat_replication where sync_state = 'sync'") == "1";
    if (streaming == there) return;
    std::this_thread::sleep_for(milliseconds(50));
  }
  FAIL("the standby did not " << (there ? "come" : "go"));
}

TEST_CASE("a wait for the standby that is cut short is unknown, not committed",
          "[.][ledger][standby][R142][R137:part]") {
  const std::string how = GENERATE(as<std::string>{}, "pg_cancel_backend", "pg_terminate_backend");
  await_standby(true);
  const std::string schema = berth::testing::fresh_schema();
  Node node(schema, milliseconds(300));
  const Unit before = node.unit();
  committed(node.aurora->commit(before));
  berth::testing::command_postgres("standby stop");
  await_standby(false);

  // The COMMIT waits for the standby; nobody is told more than that.
  const Unit unit = node.unit({InsertProfile{profile(1)}});
  CHECK(std::holds_alternative<Unknown>(node.aurora->commit(unit)));
  CHECK(std::holds_alternative<Unknown>(node.aurora->resolve(unit.commit_id)));
  // Somebody ends the wait: the rows are there, and may vanish with this server.
  for (int i = 0; i < 200; ++i) {
    const std::string hit =
        ask_superuser(schema, "select count(" + how +
                                  "(pid)) from pg_stat_activity where wait_event = 'SyncRep'"
                                  " and query like '%berth_commit%'");
    if (hit != "0") break;
    std::this_thread::sleep_for(milliseconds(20));
  }
  for (int i = 0; i < 200 && node.aurora->events(0, 10).ok(); ++i) {
    std::this_thread::sleep_for(milliseconds(10));
  }
  CHECK(node.aurora->events(0, 10).error().reason() == "ledger.in_doubt");
  CHECK(std::holds_alternative<Unknown>(node.aurora->resolve(unit.commit_id)));

  berth::testing::command_postgres("standby start");
  await_standby(true);
  CHECK(std::holds_alternative<Committed>(settled(*node.aurora, unit, milliseconds(30'000))));
  require_gap_free(*node.aurora, 2);
  CHECK(must(node.aurora->profile(iccid(1))).has_value());
}

}  // namespace
}  // namespace berth::ledger
