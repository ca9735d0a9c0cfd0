#include "kernel/base/token_bucket.h"

#include <catch2/catch.hpp>
#include <random>

namespace {

using namespace berth;  // NOLINT
using namespace std::chrono_literals;

}  // namespace

TEST_CASE("steady demand beyond the rate gets the rate, within 5 % over ten seconds",
          "[base][R121]") {
  for (const std::uint32_t rate : {1U, 2U, 10U, 50U, 200U}) {
    CAPTURE(rate);
    ManualClock clock(1'000);
    TokenBucket bucket(rate, clock);
    std::uint32_t taken = 0;
    for (int millisecond = 0; millisecond < 10'000; ++millisecond) {
      for (int asked = 0; asked < 3; ++asked) taken += bucket.take() ? 1 : 0;
      clock.advance(1ms);
    }
    CHECK(taken >= rate * 10);
    CHECK(taken <= rate * 10.5);
  }
}

TEST_CASE("random demand never gets more than the rate and a quarter of a second beside",
          "[base][R121]") {
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  ManualClock clock(1'000);
  TokenBucket bucket(40, clock);
  std::uint32_t taken = 0;
  std::uint32_t elapsed = 0;
  for (int step = 0; step < 5'000; ++step) {
    if (bucket.take()) ++taken;
    const auto pause = static_cast<std::uint32_t>(random() % 60);
    clock.advance(std::chrono::milliseconds(pause));
    elapsed += pause;
    REQUIRE(taken <= 40 * elapsed / 1000 + 11);
  }
}

TEST_CASE("who waits as long as it is told gets in", "[base]") {
  ManualClock clock(1'000);
  TokenBucket bucket(3, clock);
  REQUIRE(bucket.take());
  CHECK_FALSE(bucket.take());
  const auto wait = bucket.retry_after();
  CHECK(wait == 334ms);
  clock.advance(wait - 1ms);
  CHECK_FALSE(bucket.take());
  clock.advance(1ms);
  CHECK(bucket.retry_after() == 0ms);
  CHECK(bucket.take());
}

TEST_CASE("a rate may change while it is used, and 0 lets nobody in", "[base]") {
  ManualClock clock(1'000);
  TokenBucket bucket(100, clock);
  bucket.set_rate(0);
  CHECK_FALSE(bucket.take());
  clock.advance(1h);
  CHECK_FALSE(bucket.take());
  CHECK(bucket.retry_after() == 1s);
  bucket.set_rate(4);
  CHECK_FALSE(bucket.take());
  clock.advance(250ms);
  CHECK(bucket.take());
  CHECK_FALSE(bucket.take());
}
