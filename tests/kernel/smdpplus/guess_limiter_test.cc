#include "kernel/smdpplus/guess_limiter.h"

#include <catch2/catch.hpp>

namespace {

using namespace berth;            // NOLINT: a test of its own namespace
using namespace berth::smdpplus;  // NOLINT

constexpr UnixMs kStart = 1'780'000'000'000;

TenantId tenant(const char* id) { return *TenantId::parse(id); }

Eid card(int number) {
  const std::string digits = std::to_string(number);
  return *Eid::parse(std::string(32 - digits.size(), '8') + digits);
}

}  // namespace

TEST_CASE("a card may miss ten times a minute, then its codes are not looked at",
          "[smdpplus][R101]") {
  GuessLimiter limiter;
  for (std::uint32_t miss = 0; miss < kMaxMissesPerMinute; ++miss) {
    CHECK(limiter.allows(tenant("a"), card(1), kStart + miss));
    limiter.missed(tenant("a"), card(1), kStart + miss);
  }
  CHECK_FALSE(limiter.allows(tenant("a"), card(1), kStart + 100));
  CHECK_FALSE(limiter.allows(tenant("a"), card(1), kStart + 59'999));
  CHECK(limiter.allows(tenant("a"), card(1), kStart + 60'000));
  limiter.missed(tenant("a"), card(1), kStart + 60'000);
  CHECK(limiter.allows(tenant("a"), card(1), kStart + 60'001));
}

TEST_CASE("one card's or tenant's misses are nobody else's", "[smdpplus]") {
  GuessLimiter limiter;
  for (std::uint32_t miss = 0; miss < kMaxMissesPerMinute; ++miss) {
    limiter.missed(tenant("a"), card(1), kStart);
  }
  CHECK_FALSE(limiter.allows(tenant("a"), card(1), kStart));
  CHECK(limiter.allows(tenant("a"), card(2), kStart));
  CHECK(limiter.allows(tenant("b"), card(1), kStart));
}

TEST_CASE("a clock that is set back does not lock a card out", "[smdpplus]") {
  GuessLimiter limiter;
  for (std::uint32_t miss = 0; miss < kMaxMissesPerMinute; ++miss) {
    limiter.missed(tenant("a"), card(1), kStart);
  }
  CHECK(limiter.allows(tenant("a"), card(1), kStart - 1));
}
