#include "kernel/smdpplus/sessions.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace berth::smdpplus {
namespace {

const TenantId kAlpha = *TenantId::parse("alpha");
const TenantId kBravo = *TenantId::parse("bravo");

TransactionId number(std::uint8_t value) { return *TransactionId::from_octets(Bytes(16, value)); }

std::unique_ptr<Session> session(std::uint8_t value) {
  return std::make_unique<Session>(Session{.transaction_id = number(value)});
}

}  // namespace

TEST_CASE("a session belongs to one tenant and one user at a time", "[smdpplus][R6:part]") {
  SessionTable table(1000, 10);
  REQUIRE(table.insert(kAlpha, session(1), 0));
  CHECK_FALSE(table.take(kBravo, number(1), 0).has_value());
  CHECK_FALSE(table.take(kAlpha, number(2), 0).has_value());
  {
    auto lease = table.take(kAlpha, number(1), 0);
    REQUIRE(lease.has_value());
    (*lease)->server_address = "kept";
    CHECK_FALSE(table.take(kAlpha, number(1), 0).has_value());
    CHECK(table.size(kAlpha) == 1);
    auto moved = std::move(*lease);  // the lease moves, the session stays taken
    CHECK(moved->server_address == "kept");
    CHECK_FALSE(table.take(kAlpha, number(1), 0).has_value());
  }
  auto again = table.take(kAlpha, number(1), 0);
  REQUIRE(again.has_value());
  CHECK((*again)->server_address == "kept");
}

TEST_CASE("a closed session ends with its lease, unless it is kept after all", "[smdpplus]") {
  SessionTable table(1000, 10);
  REQUIRE(table.insert(kAlpha, session(1), 0));
  {
    auto lease = table.take(kAlpha, number(1), 0);
    lease->close();
    lease->keep();
  }
  CHECK(table.size(kAlpha) == 1);
  table.take(kAlpha, number(1), 0)->close();
  CHECK(table.size(kAlpha) == 0);
  CHECK_FALSE(table.take(kAlpha, number(1), 0).has_value());
}

TEST_CASE("a session ends after its lifetime", "[smdpplus]") {
  SessionTable table(1000, 10);
  REQUIRE(table.insert(kAlpha, session(1), 5));
  REQUIRE(table.insert(kAlpha, session(2), 500));
  CHECK(table.take(kAlpha, number(1), 1004).has_value());
  CHECK_FALSE(table.take(kAlpha, number(1), 1005).has_value());
  CHECK(table.size(kAlpha) == 1);
  table.drop_expired(kAlpha, 1500);
  CHECK(table.size(kAlpha) == 0);
}

TEST_CASE("the table is bounded per tenant and gives up its oldest beginning", "[smdpplus]") {
  SessionTable table(1000, 2);
  REQUIRE(table.insert(kAlpha, session(1), 0));
  REQUIRE(table.insert(kAlpha, session(2), 0));
  CHECK(table.insert(kAlpha, session(3), 10));
  CHECK(table.size(kAlpha) == 2);
  CHECK_FALSE(table.take(kAlpha, number(1), 10).has_value());
  CHECK(table.insert(kBravo, session(1), 10));
}

TEST_CASE("authenticated sessions are never given up for beginnings", "[smdpplus]") {
  SessionTable table(1000, 2);
  for (const std::uint8_t id : {std::uint8_t{1}, std::uint8_t{2}}) {
    REQUIRE(table.insert(kAlpha, session(id), 0));
    (*table.take(kAlpha, number(id), 0))->state = SessionState::kAuthenticated;
  }
  CHECK_FALSE(table.has_room(kAlpha, 999));
  CHECK_FALSE(table.insert(kAlpha, session(3), 999));
  CHECK(table.take(kAlpha, number(1), 999).has_value());
  CHECK(table.has_room(kAlpha, 2000));
  CHECK(table.insert(kAlpha, session(3), 2000));
}

TEST_CASE("a session in use is not dropped under its user", "[smdpplus]") {
  SessionTable table(1000, 1);
  REQUIRE(table.insert(kAlpha, session(1), 0));
  {
    auto lease = table.take(kAlpha, number(1), 999);
    REQUIRE(lease.has_value());
    table.drop_expired(kAlpha, 5000);
    CHECK_FALSE(table.has_room(kAlpha, 5000));  // it still counts
    CHECK((*lease)->transaction_id == number(1));
  }
  CHECK(table.has_room(kAlpha, 7000));
}

TEST_CASE("a transaction id is never given twice", "[smdpplus]") {
  SessionTable table(1000, 10);
  REQUIRE(table.insert(kAlpha, session(1), 0));
  CHECK_FALSE(table.insert(kAlpha, session(1), 0));
}

TEST_CASE("of many threads one at a time holds a session", "[smdpplus]") {
  SessionTable table(1000, 10);
  REQUIRE(table.insert(kAlpha, session(1), 0));
  std::atomic<int> inside{0}, worst{0}, taken{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 2000; ++round) {
        auto lease = table.take(kAlpha, number(1), 0);
        if (!lease) continue;
        const int now = ++inside;
        if (now > worst) worst = now;
        ++taken;
        --inside;
      }
    });
  }
  threads.clear();
  CHECK(worst == 1);
  CHECK(taken > 0);
  CHECK(table.take(kAlpha, number(1), 0).has_value());
}

}  // namespace berth::smdpplus
