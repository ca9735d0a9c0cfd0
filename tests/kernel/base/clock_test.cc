#include "kernel/base/clock.h"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

TEST_CASE("a time is written as SGP.22 writes it", "[base]") {
  CHECK(berth::to_rfc3339(0) == "1970-01-01T00:00:00Z");
  CHECK(berth::to_rfc3339(1778143283456) == "2026-05-07T08:41:23Z");
  CHECK(berth::to_rfc3339(951827696000) == "2000-02-29T12:34:56Z");
}

TEST_CASE("a timeline's time carries milliseconds", "[base]") {
  CHECK(berth::to_rfc3339_ms(1778143283456) == "2026-05-07T08:41:23.456Z");
  CHECK(berth::to_rfc3339_ms(1778143283006) == "2026-05-07T08:41:23.006Z");
  CHECK(berth::to_rfc3339_ms(0) == "1970-01-01T00:00:00.000Z");
}

TEST_CASE("times before 1970 round down, never towards zero", "[base]") {
  CHECK(berth::to_rfc3339(-1) == "1969-12-31T23:59:59Z");
  CHECK(berth::to_rfc3339_ms(-1) == "1969-12-31T23:59:59.999Z");
  CHECK(berth::to_rfc3339_ms(-1000) == "1969-12-31T23:59:59.000Z");
}

TEST_CASE("a manual clock moves only when it is moved", "[base]") {
  berth::ManualClock clock(1000);
  CHECK(clock.now_ms() == 1000);
  const auto before = clock.monotonic();
  CHECK(clock.monotonic() == before);
  clock.advance(24h * 7);
  CHECK(clock.now_ms() == 1000 + 7 * 24 * 3600 * 1000);
  CHECK(clock.monotonic() - before == 24h * 7);
}

TEST_CASE("the system clock tells a plausible time and never runs backwards", "[base]") {
  const berth::SystemClock clock;
  CHECK(clock.now_ms() > 1577836800000);  // 2020-01-01
  auto last = clock.monotonic();
  for (int i = 0; i < 1000; ++i) {
    const auto now = clock.monotonic();
    REQUIRE(now >= last);
    last = now;
  }
}
