#include "kernel/plugins/permits.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace berth;           // NOLINT
using namespace berth::plugins;  // NOLINT
using namespace std::chrono_literals;

constexpr auto kNever = std::chrono::nanoseconds::max();

}  // namespace

TEST_CASE("no more permits are out than there are", "[plugins]") {
  const SystemClock clock;
  Permits permits(2, clock);
  std::optional<Result<Permit>> first(permits.acquire(kNever, "x"));
  const auto second = permits.acquire(kNever, "x");
  REQUIRE(first->ok());
  REQUIRE(second);
  const auto third = permits.acquire(clock.monotonic() + 20ms, "x");
  REQUIRE_FALSE(third);
  CHECK(third.error().code() == ErrorCode::kResourceExhausted);
  CHECK(third.error().reason() == "plugin.busy");
  CHECK(third.error().retry_after().has_value());
  first.reset();
  CHECK(permits.acquire(clock.monotonic(), "x"));
}

TEST_CASE("a caller whose deadline has passed does not wait", "[plugins]") {
  const SystemClock clock;
  Permits permits(1, clock);
  const auto held = permits.acquire(kNever, "x");
  const auto before = clock.monotonic();
  CHECK_FALSE(permits.acquire(before - 1ms, "x"));
  CHECK(clock.monotonic() - before < 1s);
}

TEST_CASE("a waiting caller goes on when a permit comes back", "[plugins]") {
  const SystemClock clock;
  Permits permits(1, clock);
  std::optional<Result<Permit>> held(permits.acquire(kNever, "x"));
  CHECK_FALSE((**held).waited());
  std::atomic<bool> served = false;
  std::thread waiter([&] {
    const auto permit = permits.acquire(clock.monotonic() + 60s, "x");
    served = permit && permit->waited();
  });
  while (permits.waiting() == 0) std::this_thread::yield();
  held.reset();
  waiter.join();
  CHECK(served);
}

TEST_CASE("many callers never exceed the number of permits, and all are served", "[plugins]") {
  const SystemClock clock;
  Permits permits(3, clock);
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::atomic<int> served = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        const auto permit = permits.acquire(kNever, "x");
        if (!permit) continue;
        const int now = ++inside;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        std::this_thread::yield();
        --inside;
        ++served;
      }
    });
  }
  for (auto& caller : callers) caller.join();
  CHECK(most <= 3);
  CHECK(served == 400);
}

TEST_CASE("one caller more than may wait is refused at once", "[plugins]") {
  const SystemClock clock;
  Permits permits(1, clock);
  std::optional<Result<Permit>> held(permits.acquire(kNever, "x"));
  std::atomic<std::uint32_t> refused = 0;
  std::vector<std::thread> waiters;
  for (std::uint32_t i = 0; i < Permits::kMaxWaiting + 1; ++i) {
    waiters.emplace_back([&] { refused += permits.acquire(kNever, "x").ok() ? 0u : 1u; });
  }
  // All wait but one, whichever came last.
  while (refused == 0) std::this_thread::sleep_for(1ms);
  held.reset();
  for (auto& waiter : waiters) waiter.join();
  CHECK(refused == 1);
}

TEST_CASE("who came first is served first", "[plugins][R124]") {
  const SystemClock clock;
  Permits permits(1, clock);
  std::optional<Result<Permit>> held(permits.acquire(kNever, "x"));
  std::vector<int> served;  // in turn: whoever holds the one permit writes
  std::vector<std::thread> callers;
  for (int i = 0; i < 12; ++i) {
    callers.emplace_back([&, i] {
      const auto permit = permits.acquire(kNever, "x");
      served.push_back(i);
    });
    while (permits.waiting() != static_cast<std::uint32_t>(i + 1)) std::this_thread::yield();
  }
  // One who comes now does not slip in between.
  CHECK_FALSE(permits.acquire(clock.monotonic() + 1ms, "x"));
  held.reset();
  for (auto& caller : callers) caller.join();
  CHECK(served == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
}

TEST_CASE("one who gave up holds up nobody", "[plugins][R124:part]") {
  const SystemClock clock;
  Permits permits(1, clock);
  std::optional<Result<Permit>> held(permits.acquire(kNever, "x"));
  CHECK_FALSE(permits.acquire(clock.monotonic() + 5ms, "x"));
  CHECK(permits.waiting() == 0);
  held.reset();
  CHECK(permits.acquire(clock.monotonic() + 1s, "x"));
}

TEST_CASE("when it closes, who can be served elsewhere leaves at once and the others stay",
          "[plugins]") {
  const SystemClock clock;
  Permits permits(1, clock);
  std::optional<Result<Permit>> held(permits.acquire(kNever, "x"));
  std::string movable;
  std::atomic<bool> here = false;
  std::thread first([&] {
    movable = std::string(permits.acquire(kNever, "x", Waiting::kMovable).error().reason());
  });
  std::thread second([&] { here = permits.acquire(kNever, "x", Waiting::kHere).ok(); });
  while (permits.waiting() != 2) std::this_thread::yield();
  CHECK_FALSE(permits.closed());
  permits.close();
  first.join();
  CHECK(movable == "plugin.retired");
  CHECK(permits.closed());
  CHECK(permits.waiting() == 1);
  held.reset();
  second.join();
  CHECK(here);
  CHECK_FALSE(permits.acquire(kNever, "x", Waiting::kMovable));
  CHECK(permits.acquire(kNever, "x"));
}

TEST_CASE("where nobody may wait, one more is refused at once", "[plugins]") {
  const SystemClock clock;
  Permits permits(1, clock, 0);
  const auto held = permits.acquire(kNever, "x");
  CHECK(permits.acquire(kNever, "x").error().reason() == "plugin.busy");
}
