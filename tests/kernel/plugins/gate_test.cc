#include "kernel/plugins/gate.h"

#include <catch2/catch.hpp>
#include <thread>

#include "tests/kernel/plugins/fixture.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::plugins;  // NOLINT
using namespace std::chrono_literals;
using berth::plugins::testing::reason_of;

constexpr auto kNever = std::chrono::nanoseconds::max();
const Error kAway(ErrorCode::kUnavailable, "test.away", "away");
const Error kMissing(ErrorCode::kNotFound, "test.missing", "not there");

struct Gated {
  ManualClock clock{1'000};
  Gate gate{"x (t/s)",
            {.max_concurrency = 2,
             .max_waiting = 4,
             .call_deadline = 5s,
             .breaker = {.failures = 3, .open = 10s}},
            clock};
  Result<std::optional<Pass>> enter(std::chrono::nanoseconds deadline = kNever) {
    return gate.enter(deadline, Waiting::kMovable);
  }
  void call(const Error* error) {
    auto pass = enter();
    REQUIRE(pass);
    REQUIRE(*pass);
    (*pass)->finish(error);
  }
};

}  // namespace

TEST_CASE_METHOD(Gated, "a call may last as long as its caller or the binding says, the shorter",
                 "[plugins]") {
  CHECK((*enter())->deadline() == clock.monotonic() + 5s);
  CHECK((*enter(clock.monotonic() + 3s))->deadline() == clock.monotonic() + 3s);
  CHECK(reason_of(enter(clock.monotonic())) == "plugin.deadline");
}

TEST_CASE_METHOD(Gated, "calls, failures and what is in flight are counted", "[plugins]") {
  call(nullptr);
  call(&kAway);
  call(&kMissing);  // an answer: the plugin could
  {
    const auto running = enter();
    CHECK(gate.counts().in_flight == 1);
    CHECK(gate.counts().calls == 4);
  }
  // A pass that was not finished, as when something was thrown past it, is a failure.
  CHECK(gate.counts().failures == 2);
  CHECK(gate.counts().in_flight == 0);
  CHECK(gate.counts().waiting == 0);
}

TEST_CASE_METHOD(Gated, "failures in a row open the breaker, which answers at once",
                 "[plugins][R122:part]") {
  call(&kAway);
  call(&kAway);
  call(&kMissing);
  for (int i = 0; i < 3; ++i) call(&kAway);
  CHECK(gate.breaker() == CircuitBreaker::State::kOpen);
  const auto refused = enter();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().reason() == "plugin.breaker_open");
  CHECK(refused.error().code() == ErrorCode::kUnavailable);
  CHECK(refused.error().retry_after() == 10s);
  CHECK(gate.counts().calls == 6);  // the refused one was none
  clock.advance(10s);
  {
    auto trial = enter();
    REQUIRE(trial);
    CHECK(reason_of(enter()) == "plugin.breaker_open");
    (*trial)->finish(nullptr);
  }
  CHECK(gate.breaker() == CircuitBreaker::State::kClosed);
  CHECK(enter());
}

TEST_CASE("which failures count", "[plugins]") {
  const auto counts = [](ErrorCode code) { return Gate::is_failure({code, "test.x", "x"}); };
  CHECK(counts(ErrorCode::kUnavailable));
  CHECK(counts(ErrorCode::kDeadlineExceeded));
  CHECK(counts(ErrorCode::kInternal));
  for (const ErrorCode answer :
       {ErrorCode::kCancelled, ErrorCode::kInvalidArgument, ErrorCode::kNotFound,
        ErrorCode::kAlreadyExists, ErrorCode::kPermissionDenied, ErrorCode::kResourceExhausted,
        ErrorCode::kFailedPrecondition, ErrorCode::kAborted, ErrorCode::kUnsupported,
        ErrorCode::kDataLoss}) {
    CHECK_FALSE(counts(answer));
  }
}

TEST_CASE("who waited while the breaker opened is refused, not called", "[plugins][R122:part]") {
  ManualClock clock(1'000);
  Gate gate("x", {.max_concurrency = 1, .breaker = {.failures = 1, .open = 10s}}, clock);
  auto running = gate.enter(kNever, Waiting::kMovable);
  std::string reason;
  std::thread waiter([&] { reason = reason_of(gate.enter(kNever, Waiting::kMovable)); });
  while (gate.counts().waiting == 0) std::this_thread::yield();
  (**running).finish(&kAway);
  (*running).reset();
  waiter.join();
  CHECK(reason == "plugin.breaker_open");
  CHECK(gate.counts().calls == 1);
}

TEST_CASE_METHOD(Gated, "a turn that comes after the deadline starts no call", "[plugins]") {
  auto one = enter();
  auto two = enter();
  std::string reason;
  std::thread waiter([&] { reason = reason_of(enter(clock.monotonic() + 2s)); });
  while (gate.counts().waiting == 0) std::this_thread::yield();
  clock.advance(3s);
  (**one).finish(nullptr);
  (*one).reset();
  waiter.join();
  CHECK(reason == "plugin.deadline");
  CHECK(gate.counts().calls == 2);
  CHECK(gate.counts().failures == 0);
}

TEST_CASE_METHOD(Gated, "a closed gate sends away who can go elsewhere", "[plugins]") {
  gate.close();
  CHECK(gate.closed());
  const auto elsewhere = enter();
  REQUIRE(elsewhere);
  CHECK_FALSE(*elsewhere);
  const auto here = gate.enter(kNever, Waiting::kHere);
  REQUIRE(here);
  CHECK(*here);
}
