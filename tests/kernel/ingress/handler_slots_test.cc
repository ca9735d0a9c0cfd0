// Goal: never more handlers than slots, and a place that becomes free goes to one who waits.

#include "kernel/ingress/handler_slots.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using berth::ingress::HandlerSlots;
using Clock = std::chrono::steady_clock;

}  // namespace

TEST_CASE("a slot is waited for until the given moment and no longer", "[ingress]") {
  HandlerSlots slots(1);
  REQUIRE(slots.acquire_until(Clock::now()));
  const auto begun = Clock::now();
  CHECK_FALSE(slots.acquire_until(begun + 30ms));
  CHECK(Clock::now() - begun >= 30ms);
  slots.release();
  CHECK(slots.acquire_until(Clock::now()));
}

TEST_CASE("a slot that becomes free goes to one who waits", "[ingress]") {
  HandlerSlots slots(1);
  REQUIRE(slots.acquire_until(Clock::now()));
  std::jthread other([&] {
    std::this_thread::sleep_for(10ms);
    slots.release();
  });
  CHECK(slots.acquire_until(Clock::now() + 10s));
}

TEST_CASE("there are never more at work than slots, however many come", "[ingress]") {
  constexpr int kSlots = 3;
  HandlerSlots slots(kSlots);
  std::atomic<int> at_work{0};
  std::atomic<int> served{0};
  std::atomic<bool> too_many{false};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 16; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < 50; ++round) {
          if (!slots.acquire_until(Clock::now() + 10s)) continue;
          if (++at_work > kSlots) too_many = true;
          ++served;
          --at_work;
          slots.release();
        }
      });
    }
  }
  CHECK_FALSE(too_many);
  CHECK(served == 16 * 50);
}
