#include "kernel/ledger/writer.h"

#include <thread>

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

TEST_CASE("threads share one head: numbers are gap-free and in commit order", "[ledger][R76]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  constexpr int kThreads = 8;
  constexpr int kEach = 100;
  std::atomic<int> wrong_order{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        std::int64_t last = 0;
        for (int i = 0; i < kEach; ++i) {
          const Outcome outcome = fixture.put({InsertProfile{profile(t * kEach + i)}});
          const auto* done = std::get_if<Committed>(&outcome);
          if (done == nullptr || *done->event_sequence <= last) ++wrong_order;
          if (done != nullptr) last = *done->event_sequence;
        }
      });
    }
  }
  CHECK(wrong_order == 0);
  const auto events = must(ledger.events(0, 1000));
  REQUIRE(events.size() == kThreads * kEach);
  for (std::size_t i = 0; i < events.size(); ++i) {
    REQUIRE(events[i].sequence == static_cast<std::int64_t>(i) + 1);
  }
  CHECK(must(ledger.usage(0, 1000)).size() == events.size());
  CHECK(must(ledger.profiles("", 1000)).size() == events.size());
  require_intact(ledger);
}

TEST_CASE("of many who want the same profile one wins", "[ledger][R96]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  committed(fixture.put({InsertProfile{profile(1)}}));
  const ProfileRecord read = must(ledger.profile(iccid(1))).value();
  std::atomic<int> won{0};
  std::atomic<int> guarded{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&] {
        UpdateProfile change{.next = read, .from_revision = 1};
        change.next.revision = 2;
        const Outcome outcome = fixture.put({change});
        if (std::holds_alternative<Committed>(outcome)) ++won;
        const auto* refusal = std::get_if<Refused>(&outcome);
        if (refusal != nullptr && refusal->reason == RefusalReason::kGuard) ++guarded;
      });
    }
  }
  CHECK(won == 1);
  CHECK(guarded == 7);
}

// Holds the writer in its COMMIT until told otherwise.
class Gate {
 public:
  void wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void await_waiter() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ > 0; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

TEST_CASE("what arrives while the disk works becomes one batch, and a full queue says so",
          "[ledger]") {
  TenantFixture fixture;
  Gate gate;
  std::atomic<int> commits{0};
  fixture.hooks.at_commit = [&] {
    ++commits;
    gate.wait();
    return CommitFault::kNone;
  };
  fixture.options.max_queue = 5;
  TenantLedger& ledger = fixture.open();
  std::atomic<int> done{0};
  std::atomic<int> overloaded{0};
  const auto put_one = [&] {
    const Outcome outcome = ledger.commit(fixture.note("{}"));
    if (std::holds_alternative<Committed>(outcome)) ++done;
    const auto* refusal = std::get_if<Refused>(&outcome);
    if (refusal != nullptr && refusal->reason == RefusalReason::kOverloaded) ++overloaded;
  };
  {
    std::vector<std::jthread> threads;
    threads.emplace_back(put_one);
    gate.await_waiter();
    for (int i = 0; i < 9; ++i) threads.emplace_back(put_one);
    while (overloaded < 4) std::this_thread::yield();
    gate.open();
  }
  CHECK(done == 6);
  CHECK(overloaded == 4);
  CHECK(commits == 2);
  require_intact(ledger);
}

TEST_CASE("a commit that was lost on the way resolves to refused", "[ledger][R70:part]") {
  TenantFixture fixture;
  CommitFault fault = CommitFault::kNone;
  fixture.hooks.at_commit = [&] { return fault; };
  TenantLedger& ledger = fixture.open();
  committed(fixture.put({InsertProfile{profile(1)}}));

  fault = CommitFault::kBefore;
  const Unit unit = fixture.unit({InsertProfile{profile(2)}});
  CHECK(std::holds_alternative<Unknown>(ledger.commit(unit)));
  fault = CommitFault::kNone;
  CHECK(refused(ledger.resolve(unit.commit_id)) == RefusalReason::kUnavailable);
  CHECK_FALSE(must(ledger.profile(iccid(2))).has_value());
  CHECK(committed(ledger.commit(unit)).event_sequence == 2);
  require_intact(ledger);
}

TEST_CASE("a commit whose answer was lost resolves to committed", "[ledger][R66:part][R70:part]") {
  TenantFixture fixture;
  CommitFault fault = CommitFault::kAfter;
  fixture.hooks.at_commit = [&] { return fault; };
  TenantLedger& ledger = fixture.open();
  const Unit unit = fixture.unit({InsertProfile{profile(1)}});
  CHECK(std::holds_alternative<Unknown>(ledger.commit(unit)));
  fault = CommitFault::kNone;
  CHECK(committed(ledger.resolve(unit.commit_id)).event_sequence == 1);
  CHECK(committed(ledger.commit(unit)).event_sequence == 1);  // a retry is the same commit
  CHECK(must(ledger.events(0, 10)).size() == 1);
  require_intact(ledger);
}

TEST_CASE("nothing leaves the ledger while a batch is in doubt", "[ledger][R70:part][R79]") {
  TenantFixture fixture;
  std::atomic<bool> connected{true};
  std::atomic<CommitFault> fault{CommitFault::kNone};
  fixture.hooks.at_commit = [&] { return fault.load(); };
  fixture.hooks.at_settle = [&] {
    if (!connected) throw DatabaseError("no connection");
  };
  TenantLedger& ledger = fixture.open();
  committed(fixture.put({InsertProfile{profile(1)}}));
  connected = false;
  fault = CommitFault::kAfter;
  const Unit unit = fixture.unit({InsertProfile{profile(2)}});
  CHECK(std::holds_alternative<Unknown>(ledger.commit(unit)));
  CHECK(std::holds_alternative<Unknown>(ledger.resolve(unit.commit_id)));
  CHECK(ledger.events(0, 10).error().reason() == "ledger.in_doubt");
  CHECK(ledger.usage(0, 10).error().reason() == "ledger.in_doubt");
  CHECK(ledger.audit(0, 10).error().reason() == "ledger.in_doubt");
  CHECK(ledger.stored_answer({"a", "b", "c"}).error().reason() == "ledger.in_doubt");
  CHECK(refused(fixture.put({InsertProfile{profile(3)}})) == RefusalReason::kUnavailable);
  connected = true;
  fault = CommitFault::kNone;
  CHECK(committed(ledger.resolve(unit.commit_id)).event_sequence == 2);
  CHECK(must(ledger.events(0, 10)).size() == 2);
}

TEST_CASE("a ledger in doubt that is only read settles by itself once the database answers",
          "[ledger]") {
  TenantFixture fixture;
  std::atomic<int> attempts{0};
  std::atomic<bool> connected{false};
  fixture.options.settle_interval = std::chrono::milliseconds(5);
  fixture.hooks.at_commit = [] { return CommitFault::kAfter; };
  fixture.hooks.at_settle = [&] {
    ++attempts;
    if (!connected) throw DatabaseError("no connection");
  };
  TenantLedger& ledger = fixture.open();
  CHECK(std::holds_alternative<Unknown>(fixture.put({InsertProfile{profile(1)}})));
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  const auto waiting = [&] { return std::chrono::steady_clock::now() < give_up; };
  while (attempts < 4 && waiting()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  REQUIRE(attempts >= 4);
  CHECK(ledger.stored_answer({"a", "b", "c"}).error().reason() == "ledger.in_doubt");
  CHECK(ledger.has_evidence(eid(1), 1, Sha256{}).error().reason() == "ledger.in_doubt");
  connected = true;
  while (!ledger.stored_answer({"a", "b", "c"}).ok() && waiting()) std::this_thread::yield();
  CHECK(ledger.stored_answer({"a", "b", "c"}).ok());
  CHECK_FALSE(must(ledger.has_evidence(eid(1), 1, Sha256{})));
  CHECK(must(ledger.events(0, 10)).size() == 1);
}

TEST_CASE("a ledger in doubt can be closed", "[ledger]") {
  TenantFixture fixture;
  fixture.hooks.at_commit = [] { return CommitFault::kAfter; };
  fixture.hooks.at_settle = [] { throw DatabaseError("no connection"); };
  fixture.options.settle_interval = std::chrono::hours(1);
  fixture.open();
  CHECK(std::holds_alternative<Unknown>(fixture.put({InsertProfile{profile(1)}})));
  fixture.ledger.reset();
  fixture.hooks = {};
  CHECK(must(fixture.open().events(0, 10)).size() == 1);
}

TEST_CASE("a batch that finds no database is refused as one, not unit by unit", "[ledger]") {
  TenantFixture fixture;
  Gate gate;
  std::atomic<int> attempts{0};
  fixture.options.max_queue = 6;
  fixture.options.settle_interval = std::chrono::hours(1);
  fixture.hooks.at_commit = [] { return CommitFault::kAfter; };
  fixture.hooks.at_settle = [&] {
    if (++attempts == 1) gate.wait();
    throw DatabaseError("no connection");
  };
  TenantLedger& ledger = fixture.open();
  std::atomic<int> unavailable{0};
  std::atomic<int> overloaded{0};
  const auto put_one = [&] {
    const Outcome outcome = ledger.commit(fixture.note("{}"));
    const auto* refusal = std::get_if<Refused>(&outcome);
    if (refusal == nullptr) return;
    if (refusal->reason == RefusalReason::kUnavailable) ++unavailable;
    if (refusal->reason == RefusalReason::kOverloaded) ++overloaded;
  };
  {
    std::vector<std::jthread> threads;
    threads.emplace_back(put_one);  // its outcome is unknown; the writer then tries to settle
    gate.await_waiter();
    for (int i = 0; i < 7; ++i) threads.emplace_back(put_one);
    while (overloaded < 1) std::this_thread::yield();
    gate.open();
  }
  CHECK(overloaded == 1);
  CHECK(unavailable == 6);
  CHECK(attempts == 2);
}

TEST_CASE("a commit id that nobody used did not happen", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  CHECK(refused(ledger.resolve(fixture.commit_id())) == RefusalReason::kUnavailable);
}

TEST_CASE("a full disk refuses what does not fit and the ledger goes on", "[ledger][sqlite]") {
  TenantFixture fixture;
  fixture.on_write_session = [](Session& session) {
    session.run_script("pragma max_page_count = 200");
  };
  TenantLedger& ledger = fixture.open();
  committed(fixture.put({InsertProfile{profile(1)}}));
  CHECK(refused(ledger.commit(fixture.note(std::string(2'000'000, 'x')))) ==
        RefusalReason::kUnavailable);
  CHECK(committed(fixture.put({InsertProfile{profile(2)}})).event_sequence == 2);
  require_intact(ledger);
}

TEST_CASE("one unit that cannot be written does not take its batch with it", "[ledger][sqlite]") {
  TenantFixture fixture;
  Gate gate;
  fixture.hooks.at_commit = [&] {
    gate.wait();
    return CommitFault::kNone;
  };
  fixture.on_write_session = [](Session& session) {
    session.run_script("pragma max_page_count = 200");
  };
  TenantLedger& ledger = fixture.open();
  std::atomic<int> done{0};
  std::atomic<int> unavailable{0};
  const auto put_one = [&](std::size_t size) {
    const Outcome outcome = ledger.commit(fixture.note(std::string(size, 'x')));
    if (std::holds_alternative<Committed>(outcome)) ++done;
    const auto* refusal = std::get_if<Refused>(&outcome);
    if (refusal != nullptr && refusal->reason == RefusalReason::kUnavailable) ++unavailable;
  };
  {
    std::vector<std::jthread> threads;
    threads.emplace_back(put_one, 1);
    gate.await_waiter();
    for (int i = 0; i < 6; ++i) threads.emplace_back(put_one, i == 3 ? 2'000'000 : 1);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    gate.open();
  }
  CHECK(done == 6);
  CHECK(unavailable == 1);
  require_intact(ledger);
}

TEST_CASE("an older writer of the same ledger is fenced off", "[ledger][sqlite]") {
  TenantFixture fixture;
  TenantLedger& old_writer = fixture.open();
  committed(fixture.put({InsertProfile{profile(1)}}));
  auto newer = must(open_tenant_ledger(fixture.file(), tenant_id("aurora"), fixture.options,
                                       fixture.clock, fixture.random));
  CHECK(must(newer->head()).epoch == 2);
  CHECK(refused(old_writer.commit(fixture.unit({InsertProfile{profile(2)}}))) ==
        RefusalReason::kUnavailable);
  committed(newer->commit(fixture.unit({InsertProfile{profile(2)}})));
  require_intact(*newer);
}

TEST_CASE("reopening continues where the ledger stood", "[ledger][R76]") {
  TenantFixture fixture;
  fixture.open();
  committed(fixture.put({InsertProfile{profile(1)}}));
  fixture.open();
  CHECK(committed(fixture.put({InsertProfile{profile(2)}})).event_sequence == 2);
  require_intact(*fixture.ledger);
}

}  // namespace
}  // namespace berth::ledger
