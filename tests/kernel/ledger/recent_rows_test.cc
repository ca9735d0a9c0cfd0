#include "kernel/ledger/recent_rows.h"

#include <random>
#include <thread>

#include "kernel/ledger/attempts.h"
#include "kernel/ledger/bindings.h"
#include "kernel/ledger/orders.h"
#include "kernel/ledger/profiles.h"
#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

// A ledger as a host opens it, its rows also read beside it.
struct RecentFixture : TenantFixture {
  RecentFixture() {
    options.folder = folder.path() / "ledgers";
    reopen();
  }
  void reopen() {
    ledger.reset();
    backend.reset();
    backend = must(open_sqlite_backend(options, clock, random));
    auto chain = must(backend->open_chain("aurora", ChainState::kFirstUse, hooks));
    recent = chain.recent;
    ledger = make_tenant_ledger(tenant_id("aurora"), std::move(chain), random, nullptr);
    beside = open_sqlite(options.folder / "tenants" / "aurora.db", Access::kRead);
  }

  std::unique_ptr<Backend> backend;
  std::shared_ptr<RecentRows> recent;
  std::unique_ptr<Session> beside;
};

TransactionId transaction(int number) {
  return must(TransactionId::parse_hex("0000000" + std::to_string(number)));
}

// The whole record as text, so that a member that is forgotten shows.
template <class Plan>
std::string text_of(const Plan& steps) {
  std::string text;
  for (const Step& step : steps) {
    for (const Cell& cell : step.cells) {
      const auto* value = std::get_if<Value>(&cell);
      if (value == nullptr) continue;
      if (const auto* number = std::get_if<std::int64_t>(value)) text += std::to_string(*number);
      if (const auto* words = std::get_if<std::string>(value)) text += *words;
      if (const auto* octets = std::get_if<Bytes>(value)) text += to_hex(*octets);
      text += '|';
    }
  }
  return text;
}
std::string text_of(const std::optional<ProfileRecord>& row) {
  if (!row) return "none";
  return text_of(plan_change("t", InsertProfile{*row})) + std::to_string(row->changed_ms);
}
std::string text_of(const std::optional<OrderRecord>& row) {
  return row ? text_of(plan_change("t", InsertOrder{*row})) : "none";
}
std::string text_of(const std::optional<AttemptRecord>& row) {
  return row ? text_of(plan_change("t", InsertAttempt{*row})) : "none";
}
std::string text_of(const std::optional<BindingRecord>& row) {
  return row ? text_of(plan_change("t", PutBinding{*row})) : "none";
}

constexpr int kNumbers = 6;

// Changes of every kind that is kept, sensible ones and ones that are refused.
std::vector<Change> some_changes(std::mt19937& dice, TenantLedger& ledger) {
  const auto roll = [&](int sides) { return static_cast<int>(dice() % unsigned(sides)); };
  std::vector<Change> changes;
  for (int count = 1 + roll(3); count > 0; --count) {
    const int n = roll(kNumbers);
    const std::string order_id = "o-" + std::to_string(n);
    const std::int64_t wrong = roll(5) == 0 ? 1 : 0;  // a guard that does not hold
    switch (roll(8)) {
      case 0:
        changes.push_back(InsertProfile{profile(n)});
        break;
      case 1:
        changes.push_back(InsertOrder{order(order_id, n)});
        break;
      case 2:
        changes.push_back(InsertAttempt{{.transaction_id = transaction(n),
                                         .order_id = order_id,
                                         .iccid = iccid(n),
                                         .eid = eid(n),
                                         .euicc_certificate = {1, 2},
                                         .smdp_oid = "2.999"}});
        break;
      case 3: {
        auto row = must(ledger.profile(iccid(n)));
        if (!row) break;
        row->eid = eid(roll(3));
        row->installations += 1;
        row->revision += 1 + wrong;
        changes.push_back(UpdateProfile{*row, row->revision - 1});
        break;
      }
      case 4: {
        auto row = must(ledger.order(order_id));
        if (!row) break;
        row->attempts_used += 1;
        row->revision += 1 + wrong;
        changes.push_back(UpdateOrder{*row, row->revision - 1, false, roll(2) == 0});
        break;
      }
      case 5: {
        auto row = must(ledger.attempt(transaction(n)));
        if (!row) break;
        row->state = AttemptState::kInstalled;
        row->revision += 1 + wrong;
        changes.push_back(UpdateAttempt{*row, row->revision - 1});
        break;
      }
      case 6: {
        const auto row = must(ledger.binding(iccid(n)));
        const std::int64_t from = row ? row->revision : 0;
        BindingRecord next{.iccid = iccid(n), .order_id = order_id, .eid = eid(n)};
        next.revision = from + 1;
        next.metadata = {static_cast<std::uint8_t>(roll(256))};
        changes.push_back(PutBinding{next, from});
        break;
      }
      default:
        changes.push_back(DropBinding{iccid(n)});
    }
  }
  return changes;
}

TEST_CASE("what is read after any units is what the database holds", "[ledger][sqlite]") {
  RecentFixture fixture;
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 dice(seed);
  int known = 0;
  std::vector<Unit> sent;
  for (int round = 0; round < 300; ++round) {
    fixture.clock.advance(std::chrono::milliseconds(1));
    if (round % 100 == 99) fixture.reopen();
    // Some at once, so that batches have several units. Now and then one that was committed long
    // ago is sent again: its rows have moved on since.
    std::vector<Unit> units;
    for (int i = 0; i < 4; ++i) {
      units.push_back(fixture.unit(some_changes(dice, *fixture.ledger)));
      if (!sent.empty() && dice() % 5 == 0) units.back() = sent[dice() % sent.size()];
    }
    std::vector<Outcome> outcomes(units.size(), Unknown{});
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < units.size(); ++i) {
        threads.emplace_back([&, i] { outcomes[i] = fixture.ledger->commit(units[i]); });
      }
    }
    for (std::size_t i = 0; i < units.size(); ++i) {
      if (std::holds_alternative<Committed>(outcomes[i])) sent.push_back(units[i]);
    }
    for (int n = 0; n < kNumbers; ++n) {
      const std::string order_id = "o-" + std::to_string(n);
      Session& beside = *fixture.beside;
      REQUIRE(text_of(must(fixture.ledger->profile(iccid(n)))) ==
              text_of(find_profile(beside, "aurora", iccid(n))));
      REQUIRE(text_of(must(fixture.ledger->order(order_id))) ==
              text_of(find_order(beside, "aurora", order_id)));
      REQUIRE(text_of(must(fixture.ledger->attempt(transaction(n)))) ==
              text_of(find_attempt(beside, "aurora", transaction(n))));
      REQUIRE(text_of(must(fixture.ledger->binding(iccid(n)))) ==
              text_of(find_binding(beside, "aurora", iccid(n))));
      known += fixture.recent->profile(iccid(n)) ? 1 : 0;
    }
  }
  CHECK(known > 0);
}

TEST_CASE("after a commit of unknown outcome the database is asked", "[ledger][sqlite]") {
  RecentFixture fixture;
  committed(fixture.put({InsertProfile{profile(1)}}));
  CHECK(fixture.recent->profile(iccid(1)));
  auto fault = std::make_shared<CommitFault>(CommitFault::kNone);
  fixture.hooks.at_commit = [fault] { return std::exchange(*fault, CommitFault::kNone); };
  fixture.reopen();
  ProfileRecord next = must(fixture.ledger->profile(iccid(1))).value();
  next.revision = 2;
  committed(fixture.put({UpdateProfile{next, 1}}));
  next.revision = 3;
  *fault = CommitFault::kAfter;
  CHECK(std::holds_alternative<Unknown>(fixture.put({UpdateProfile{next, 2}})));
  CHECK_FALSE(fixture.recent->profile(iccid(1)));
  CHECK(must(fixture.ledger->profile(iccid(1)))->revision == 3);
}

TEST_CASE("the rows that are kept are bounded, the latest stay", "[ledger]") {
  RecentRows rows(10);
  for (int n = 0; n < 100; ++n) rows.keep({InsertProfile{profile(n)}}, kNow);
  int kept = 0;
  for (int n = 0; n < 100; ++n) kept += rows.profile(iccid(n)) ? 1 : 0;
  CHECK(kept >= 9);
  CHECK(kept < 20);
  CHECK(rows.profile(iccid(99)));
  rows.forget({DropBinding{iccid(99)}, UpdateProfile{profile(99), 1}});
  CHECK_FALSE(rows.profile(iccid(99)));
}

TEST_CASE("a row that was read is known, and so is that there is none", "[ledger][sqlite]") {
  RecentFixture fixture;
  committed(fixture.put({InsertProfile{profile(1)}}));
  fixture.reopen();
  CHECK_FALSE(fixture.recent->profile(iccid(1)));
  must(fixture.ledger->profile(iccid(1)));
  must(fixture.ledger->binding(iccid(1)));
  REQUIRE(fixture.recent->profile(iccid(1)));
  CHECK((*fixture.recent->profile(iccid(1)))->iccid == iccid(1));
  REQUIRE(fixture.recent->binding(iccid(1)));
  CHECK_FALSE(fixture.recent->binding(iccid(1))->has_value());
}

TEST_CASE("what was read before a commit is not learned after it began", "[ledger]") {
  RecentRows rows(10);
  const std::vector<Change> changes = {UpdateProfile{profile(1), 1}};
  const RecentRows::Mark before = rows.mark();
  rows.forget(changes);
  rows.learn(before, iccid(1), profile(1));  // the read was older
  CHECK_FALSE(rows.profile(iccid(1)));
  const RecentRows::Mark between = rows.mark();
  rows.learn(between, iccid(1), profile(1));  // it may or may not have seen the commit
  CHECK_FALSE(rows.profile(iccid(1)));
  rows.keep(changes, kNow);
  rows.learn(between, iccid(2), profile(2));
  CHECK_FALSE(rows.profile(iccid(2)));
  rows.learn(rows.mark(), iccid(2), profile(2));
  CHECK(rows.profile(iccid(2)));
}

TEST_CASE("who was refused leaves its rows to be read again", "[ledger]") {
  RecentRows rows(10);
  const std::vector<Change> changes = {UpdateProfile{profile(1), 1}};
  rows.forget(changes);
  rows.let_be(changes);
  rows.learn(rows.mark(), iccid(1), profile(1));
  CHECK(rows.profile(iccid(1)));
  rows.let_be(changes);  // what another unit of the batch wrote stays
  CHECK(rows.profile(iccid(1)));
  rows.clear();
  CHECK_FALSE(rows.profile(iccid(1)));
}

}  // namespace
}  // namespace berth::ledger
