#include "kernel/api/action_journal.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/kernel/api/fakes.h"

namespace berth::api {
namespace {

using nlohmann::json;

const Identity kAnna{"anna", {OperatorRole::kOperator}, std::nullopt};
const JournalEntry kStory{"GET tenants/{tenant}/story", "tenant-a", "8944500000000000018", "r-1"};

struct Journal {
  test::FakeHostLedger ledger;
  ManualClock clock{1'800'000'000'000};
  ActionJournal journal{ledger, clock};

  json last() const { return json::parse(ledger.audited.back().payload_json); }
};

}  // namespace

TEST_CASE("a read is told at once, and its repetitions within a minute in one more record",
          "[api]") {
  Journal one;
  for (int i = 0; i < 5; ++i) REQUIRE(one.journal.reading(kAnna, kStory).ok());
  REQUIRE(one.ledger.audited.size() == 1);
  CHECK(one.last().at("operator") == "anna");
  CHECK(one.last().at("about") == "8944500000000000018");
  CHECK(one.last().at("requestId") == "r-1");
  one.journal.flush(false);
  CHECK(one.ledger.audited.size() == 1);
  one.clock.advance(kJournalWindow + std::chrono::seconds(1));
  one.journal.flush(false);
  REQUIRE(one.ledger.audited.size() == 2);
  CHECK(one.last().at("times") == 4);
  // A new minute begins with a record again.
  REQUIRE(one.journal.reading(kAnna, kStory).ok());
  CHECK(one.ledger.audited.size() == 3);
}

TEST_CASE("reads of different data, or by different people, are never counted together", "[api]") {
  Journal one;
  JournalEntry other = kStory;
  other.about = "8944500000000000026";
  REQUIRE(one.journal.reading(kAnna, kStory).ok());
  REQUIRE(one.journal.reading(kAnna, other).ok());
  REQUIRE(one.journal.reading({"bert", {}, std::nullopt}, kStory).ok());
  CHECK(one.ledger.audited.size() == 3);
}

TEST_CASE("every action is told by itself, and its refusal too", "[api]") {
  Journal one;
  REQUIRE(one.journal.acting(kAnna, kStory).ok());
  REQUIRE(one.journal.acting(kAnna, kStory).ok());
  one.journal.refused(kAnna, kStory, "order.unknown");
  REQUIRE(one.ledger.audited.size() == 3);
  CHECK(one.ledger.audited[2].type == "operator.action_refused");
  CHECK(one.last().at("reason") == "order.unknown");
}

TEST_CASE("a read that could not be written is not counted as written", "[api]") {
  Journal one;
  one.ledger.failure = Error(ErrorCode::kUnavailable, "ledger.unavailable", "test");
  CHECK_FALSE(one.journal.reading(kAnna, kStory).ok());
  one.ledger.failure.reset();
  REQUIRE(one.journal.reading(kAnna, kStory).ok());
  CHECK(one.ledger.audited.size() == 1);
}

TEST_CASE("counting is bounded: beyond, each read has its own record", "[api]") {
  Journal one;
  JournalEntry entry = kStory;
  for (std::size_t i = 0; i < kMaxJournalWindows; ++i) {
    entry.about = std::to_string(i);
    REQUIRE(one.journal.reading(kAnna, entry).ok());
  }
  entry.about = "one more";
  REQUIRE(one.journal.reading(kAnna, entry).ok());
  REQUIRE(one.journal.reading(kAnna, entry).ok());
  CHECK(one.ledger.audited.size() == kMaxJournalWindows + 2);
}

}  // namespace berth::api
