#include "kernel/base/circuit_breaker.h"

#include <catch2/catch.hpp>
#include <deque>
#include <random>
#include <thread>
#include <vector>

namespace {

using namespace berth;  // NOLINT
using namespace std::chrono_literals;
using State = CircuitBreaker::State;

void fail(CircuitBreaker& breaker, int times) {
  for (int i = 0; i < times; ++i) {
    const auto admission = breaker.admit();
    REQUIRE(admission);
    breaker.report(*admission, true);
  }
}

}  // namespace

TEST_CASE("it opens after so many failures in a row, and one success begins anew", "[base]") {
  ManualClock clock(1'000);
  CircuitBreaker breaker({.failures = 3, .open = 10s}, clock);
  fail(breaker, 2);
  breaker.report(*breaker.admit(), false);
  fail(breaker, 2);
  CHECK(breaker.state() == State::kClosed);
  CHECK_FALSE(breaker.refuses());
  fail(breaker, 1);
  CHECK(breaker.state() == State::kOpen);
  CHECK(breaker.refuses());
  CHECK_FALSE(breaker.admit());
  CHECK(breaker.retry_after() == 10s);
  clock.advance(9'999ms);
  CHECK_FALSE(breaker.admit());
  CHECK(breaker.retry_after() == 1ms);
}

TEST_CASE("when its time has passed one caller tries for all", "[base]") {
  ManualClock clock(1'000);
  CircuitBreaker breaker({.failures = 1, .open = 10s}, clock);
  fail(breaker, 1);
  clock.advance(10s);
  CHECK_FALSE(breaker.refuses());
  const auto trial = breaker.admit();
  REQUIRE(trial);
  CHECK(trial->trial);
  CHECK(breaker.state() == State::kHalfOpen);
  CHECK_FALSE(breaker.admit());
  CHECK(breaker.retry_after() == 10s);
  SECTION("it closes when that succeeds") {
    breaker.report(*trial, false);
    CHECK(breaker.state() == State::kClosed);
    CHECK(breaker.admit());
  }
  SECTION("it stays open as long again when that fails, however many may fail otherwise") {
    breaker.report(*trial, true);
    CHECK(breaker.state() == State::kOpen);
    clock.advance(9'999ms);
    CHECK_FALSE(breaker.admit());
    clock.advance(1ms);
    CHECK(breaker.admit());
  }
}

TEST_CASE("calls let through before it opened neither close nor lengthen it", "[base]") {
  ManualClock clock(1'000);
  CircuitBreaker breaker({.failures = 1, .open = 10s}, clock);
  const auto slow = breaker.admit();
  const auto slower = breaker.admit();
  fail(breaker, 1);
  clock.advance(5s);
  breaker.report(*slow, false);
  CHECK(breaker.state() == State::kOpen);
  breaker.report(*slower, true);
  clock.advance(5s);
  CHECK(breaker.admit());
}

// The same rules, told once more in the plainest way, beside the real one for a random life.
TEST_CASE("whatever comes in whatever order, it does what the rules say", "[base][R122:part]") {
  const auto seed = static_cast<std::uint32_t>(GENERATE(1, 2, 3, 4, 20261123));
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto pick = [&](std::uint32_t below) {
    return static_cast<std::uint32_t>(random() % below);
  };
  ManualClock clock(0);
  const CircuitBreaker::Settings settings{.failures = 1 + pick(4),
                                          .open = std::chrono::milliseconds(1 + pick(50))};
  CircuitBreaker breaker(settings, clock);
  State expected = State::kClosed;
  std::uint32_t in_a_row = 0;
  std::int64_t opens_until = 0;
  std::deque<CircuitBreaker::Admission> out;
  int opened = 0;
  for (int step = 0; step < 5'000; ++step) {
    switch (pick(4)) {
      case 0: {
        const bool due = expected == State::kOpen && clock.now_ms() >= opens_until;
        const bool refuses = expected != State::kClosed && !due;
        CHECK(breaker.refuses() == refuses);
        const auto admission = breaker.admit();
        REQUIRE(admission.has_value() == !refuses);
        if (!admission) break;
        REQUIRE(admission->trial == due);
        if (due) expected = State::kHalfOpen;
        out.push_back(*admission);
        break;
      }
      case 1:
      case 2: {  // some call ends, the first or the last of those that run
        if (out.empty()) break;
        const bool first = pick(2) == 0;
        const CircuitBreaker::Admission one = first ? out.front() : out.back();
        first ? out.pop_front() : out.pop_back();
        const bool failed = pick(3) != 0;
        breaker.report(one, failed);
        if (expected != State::kClosed && !one.trial) break;
        in_a_row = failed ? in_a_row + 1 : 0;
        if (failed && (one.trial || in_a_row >= settings.failures)) {
          expected = State::kOpen;
          opens_until = clock.now_ms() + settings.open.count();
          ++opened;
        } else if (one.trial) {
          expected = State::kClosed;
        }
        break;
      }
      default:
        clock.advance(std::chrono::milliseconds(pick(20)));
    }
    REQUIRE(breaker.state() == expected);
  }
  CHECK(opened > 10);  // it was a life worth looking at
}

TEST_CASE("of many threads that ask at once when its time has passed, one tries", "[base]") {
  ManualClock clock(1'000);
  CircuitBreaker breaker({.failures = 1, .open = 1s}, clock);
  fail(breaker, 1);
  clock.advance(1s);
  std::atomic<int> trials = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) threads.emplace_back([&] { trials += breaker.admit() ? 1 : 0; });
  }
  CHECK(trials == 1);
}
