// Measures what isolation costs a small call; hidden, since its figure is the machine's.
//   berth_isolation_test "[measure]"

#include <algorithm>
#include <catch2/catch.hpp>
#include <iostream>

#include "tests/kernel/isolation/fixture.h"

using berth::isolation::InternalOp;
using berth::isolation::testing::kPlenty;
using berth::isolation::testing::Subject;

TEST_CASE("how long a signature of an isolated plugin takes", "[.measure][measure]") {
  constexpr int kCalls = 20'000;
  Subject subject;
  const auto* hsm = subject.table<berth_hsm>(BERTH_HSM_V1);
  berth_hsm_key* key = nullptr;
  InternalOp op(nullptr, "measure", kPlenty);
  REQUIRE(hsm->open_key(subject.instance, op.abi(), {"key", 3}, &key) == BERTH_OK);
  std::vector<std::chrono::nanoseconds> times;
  std::uint8_t digest[32] = {};
  std::uint8_t octets[64] = {};
  for (int i = 0; i < kCalls; ++i) {
    berth_buf out{octets, sizeof(octets), 0};
    const auto before = std::chrono::steady_clock::now();
    REQUIRE(hsm->sign(subject.instance, op.abi(), key, 1, {digest, sizeof(digest)}, &out) ==
            BERTH_OK);
    times.push_back(std::chrono::steady_clock::now() - before);
  }
  hsm->close_key(subject.instance, key);
  std::sort(times.begin(), times.end());
  const auto at = [&](std::size_t percent) {
    return static_cast<double>(times[times.size() * percent / 100].count()) / 1000;
  };
  std::cout << "isolated sign, us: p50 " << at(50) << ", p90 " << at(90) << ", p99 " << at(99)
            << "\n";
}
