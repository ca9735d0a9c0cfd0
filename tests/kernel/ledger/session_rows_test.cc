#include "kernel/ledger/session_rows.h"

#include <thread>

#include "tests/kernel/ledger/common_rows.h"
#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

const TenantId kAlpha = tenant_id("alpha");
const TenantId kBravo = tenant_id("bravo");
constexpr std::int64_t kLater = 2;  // a phase past the beginning

TransactionId number(std::uint8_t value) { return must(TransactionId::from_octets({{value}})); }

SessionRow row(std::uint8_t value, UnixMs expires_ms = 1000) {
  return {number(value), kSessionBegun, expires_ms, {value}};
}

}  // namespace

TEST_CASE("a session row is found by any node and by its own tenant alone", "[ledger]") {
  CommonRows rows;
  const SessionRows one(rows.node());
  const SessionRows other(rows.node());
  REQUIRE(must(one.insert(kAlpha, row(1), 0)));
  CHECK_FALSE(must(other.insert(kAlpha, row(1), 0)));
  CHECK_FALSE(must(other.claim(kBravo, number(1), 0, 100)).has_value());
  CHECK_FALSE(must(other.claim(kAlpha, number(2), 0, 100)).has_value());
  auto held = must(other.claim(kAlpha, number(1), 0, 100));
  REQUIRE(held.has_value());
  CHECK(held->row.phase == kSessionBegun);
  CHECK(held->row.expires_ms == 1000);
  CHECK(held->row.body == Bytes{1});
  held->row.phase = kLater;
  held->row.body = {7, 7};
  CHECK(must(other.give_back(kAlpha, *held)));
  const auto again = must(one.claim(kAlpha, number(1), 0, 100));
  REQUIRE(again.has_value());
  CHECK(again->row.phase == kLater);
  CHECK(again->row.body == Bytes{7, 7});
  CHECK(must(one.count(kAlpha)) == 1);
  CHECK(must(one.count(kBravo)) == 0);
}

TEST_CASE("a held session is nobody else's until the hold is over", "[ledger]") {
  CommonRows rows;
  const SessionRows one(rows.node());
  const SessionRows other(rows.node());
  REQUIRE(must(one.insert(kAlpha, row(1), 0)));
  const auto held = must(one.claim(kAlpha, number(1), 0, 100));
  REQUIRE(held.has_value());
  CHECK_FALSE(must(other.claim(kAlpha, number(1), 99, 500)).has_value());
  const auto taken = must(other.claim(kAlpha, number(1), 100, 500));
  REQUIRE(taken.has_value());
  // The first one comes too late, whatever it wants.
  CHECK_FALSE(must(one.give_back(kAlpha, *held)));
  CHECK_FALSE(must(one.remove(kAlpha, *held)));
  CHECK(must(other.remove(kAlpha, *taken)));
  CHECK(must(one.count(kAlpha)) == 0);
}

TEST_CASE("an expired session cannot be claimed, and goes unless it is held", "[ledger]") {
  CommonRows rows;
  const SessionRows table(rows.node());
  for (const std::uint8_t id : {std::uint8_t{1}, std::uint8_t{2}}) {
    REQUIRE(must(table.insert(kAlpha, row(id), 0)));
  }
  REQUIRE(must(table.insert(kBravo, row(3), 0)));
  REQUIRE(must(table.claim(kAlpha, number(1), 999, 3000)).has_value());
  CHECK_FALSE(must(table.claim(kAlpha, number(2), 1000, 3000)).has_value());
  CHECK(must(table.drop_expired(kAlpha, 999)) == 0);
  CHECK(must(table.drop_expired(kAlpha, 1000)) == 1);
  CHECK(must(table.count(kAlpha)) == 1);
  CHECK(must(table.drop_expired(kAlpha, 3000)) == 1);
  CHECK(must(table.count(kBravo)) == 1);
}

TEST_CASE("the oldest beginnings are given up, but none that is held or further on", "[ledger]") {
  CommonRows rows;
  const SessionRows table(rows.node());
  for (std::uint8_t id = 1; id <= 6; ++id) {
    REQUIRE(must(table.insert(kAlpha, row(id), id % 2 == 0 ? 0 : id)));  // 2, 4, 6 are older
  }
  REQUIRE(must(table.insert(kBravo, row(9), 0)));
  auto further = must(table.claim(kAlpha, number(2), 10, 100));
  further->row.phase = kLater;
  REQUIRE(must(table.give_back(kAlpha, *further)));
  REQUIRE(must(table.claim(kAlpha, number(4), 10, 100)).has_value());
  CHECK(must(table.give_up_oldest(kAlpha, 100, 10, -1)) == 0);  // none began by then
  CHECK(must(table.give_up_oldest(kAlpha, 2, 10, 10)) == 2);
  CHECK_FALSE(must(table.claim(kAlpha, number(6), 10, 100)).has_value());
  CHECK_FALSE(must(table.claim(kAlpha, number(1), 10, 100)).has_value());
  CHECK(must(table.claim(kAlpha, number(3), 10, 100)).has_value());
  CHECK(must(table.give_up_oldest(kAlpha, 100, 10, 10)) == 1);  // the fifth
  CHECK(must(table.count(kAlpha)) == 3);
  CHECK(must(table.count(kBravo)) == 1);
}

TEST_CASE("a database out of reach is an Error, a row that is none of ours is damage", "[ledger]") {
  CommonRows rows;
  const SessionRows table(rows.node());
  REQUIRE(must(table.insert(kAlpha, row(1), 0)));
  rows.unreachable = true;
  CHECK(table.insert(kAlpha, row(2), 0).error().reason() == "ledger.unavailable");
  CHECK(table.claim(kAlpha, number(1), 0, 100).error().reason() == "ledger.unavailable");
  CHECK(table.give_back(kAlpha, {row(1), 1}).error().reason() == "ledger.unavailable");
  CHECK(table.remove(kAlpha, {row(1), 1}).error().reason() == "ledger.unavailable");
  CHECK(table.count(kAlpha).error().reason() == "ledger.unavailable");
  CHECK(table.drop_expired(kAlpha, 0).error().reason() == "ledger.unavailable");
  CHECK(table.give_up_oldest(kAlpha, 1, 0, 0).error().reason() == "ledger.unavailable");
  rows.unreachable = false;
  rows.tamper("drop table es9_session");
  CHECK(table.count(kAlpha).error().reason() == "ledger.unavailable");
}

TEST_CASE("of many claims from two nodes one wins each round", "[ledger]") {
  CommonRows rows;
  REQUIRE(must(SessionRows(rows.node()).insert(kAlpha, row(1), 0)));
  constexpr int kRounds = 50;
  std::atomic<int> won{0}, inside{0}, worst{0};
  {
    std::vector<std::jthread> threads;
    for (int node = 0; node < 2; ++node) {
      threads.emplace_back([&] {
        const SessionRows table(rows.node());
        for (int round = 0; round < kRounds;) {
          const auto held = table.claim(kAlpha, number(1), 0, 100);
          if (!held || !*held) continue;
          worst = std::max<int>(worst, ++inside);
          ++won;
          ++round;
          --inside;
          while (!table.give_back(kAlpha, **held).ok()) continue;
        }
      });
    }
  }
  CHECK(won == 2 * kRounds);
  CHECK(worst == 1);
}

}  // namespace berth::ledger
