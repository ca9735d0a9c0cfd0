// Goal: never more places than there are, no party above its ceiling, and a place that becomes free
// goes to whoever holds the fewest.

#include "kernel/base/fair_slots.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <deque>
#include <thread>
#include <vector>

namespace {

using namespace berth;  // NOLINT
using namespace std::chrono_literals;

void await_waiting(const FairSlots& slots, const FairSlots::Party& party, std::uint32_t count) {
  while (slots.counts(party).waiting < count) std::this_thread::yield();
}

}  // namespace

TEST_CASE("a place is waited for as long as said and no longer", "[base]") {
  FairSlots slots(1);
  FairSlots::Party party(5);
  auto held = slots.acquire(party, 0s);
  REQUIRE(held);
  const auto begun = std::chrono::steady_clock::now();
  CHECK_FALSE(slots.acquire(party, 30ms));
  CHECK(std::chrono::steady_clock::now() - begun >= 30ms);
  held.reset();
  CHECK(slots.acquire(party, 0s));
  CHECK(slots.counts(party).refused == 1);
  CHECK(slots.counts(party).given == 2);
  CHECK(slots.counts(party).in_use == 0);
}

TEST_CASE("no party gets beyond its ceiling, and others are not kept by it", "[base][R124]") {
  FairSlots slots(4);
  FairSlots::Party greedy(2);
  FairSlots::Party modest(2);
  const auto first = slots.acquire(greedy, 0s);
  const auto second = slots.acquire(greedy, 0s);
  REQUIRE(second);
  CHECK_FALSE(slots.acquire(greedy, 0s));
  std::atomic<bool> got{false};
  std::jthread waits([&] { got = slots.acquire(greedy, 20ms).has_value(); });
  CHECK(slots.acquire(modest, 0s));
  waits.join();
  CHECK_FALSE(got);
  CHECK(slots.counts(greedy).most_in_use == 2);
}

TEST_CASE("a place that becomes free goes to whoever holds the fewest, however many others wait",
          "[base][R124]") {
  FairSlots slots(3);
  FairSlots::Party greedy(10);
  FairSlots::Party modest(10);
  std::deque<FairSlots::Slot> held;
  for (int i = 0; i < 3; ++i) held.push_back(*slots.acquire(greedy, 0s));
  std::atomic<int> order{0};
  std::atomic<int> modest_was{0};
  std::vector<std::jthread> threads;
  std::atomic<bool> over{false};
  for (int i = 0; i < 5; ++i) {
    threads.emplace_back([&] {
      const auto slot = slots.acquire(greedy, 60s);
      ++order;
      while (!over) std::this_thread::yield();
    });
  }
  await_waiting(slots, greedy, 5);
  threads.emplace_back([&] {
    const auto slot = slots.acquire(modest, 60s);
    modest_was = ++order;
    while (!over) std::this_thread::yield();
  });
  await_waiting(slots, modest, 1);
  held.pop_front();  // one place: the last to come has none, so it is the next
  while (modest_was == 0) std::this_thread::yield();
  CHECK(modest_was == 1);
  CHECK(slots.counts(greedy).waiting == 5);
  over = true;
  held.clear();
}

TEST_CASE("ceilings and the number of places may change while callers wait", "[base]") {
  FairSlots slots(1);
  FairSlots::Party party(1);
  FairSlots::Party other(1);
  const auto held = slots.acquire(party, 0s);
  std::jthread second([&] { const auto slot = slots.acquire(other, 60s); });
  await_waiting(slots, other, 1);
  slots.set_total(2);
  second.join();
  std::jthread third([&] { const auto slot = slots.acquire(party, 60s); });
  await_waiting(slots, party, 1);
  slots.set_ceiling(party, 2);
  third.join();
  CHECK(slots.counts(other).given == 1);
  CHECK(slots.counts(party).given == 2);
  slots.set_ceiling(party, 1);
  CHECK_FALSE(slots.acquire(party, 0s));
}

TEST_CASE("only so many of one party may wait; one more is refused at once", "[base]") {
  FairSlots slots(0, 2);
  FairSlots::Party party(1);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] { const auto slot = slots.acquire(party, 60s); });
  }
  await_waiting(slots, party, 2);
  CHECK_FALSE(slots.acquire(party, 60s));
  slots.set_total(1);
  threads.clear();
  CHECK(slots.counts(party).most_in_use == 1);
  CHECK(slots.counts(party).given == 2);
}

TEST_CASE("whoever comes, there are never more at work than places and ceilings allow", "[base]") {
  constexpr std::uint32_t kPlaces = 3;
  FairSlots slots(kPlaces);
  FairSlots::Party parties[] = {FairSlots::Party(1), FairSlots::Party(2), FairSlots::Party(3)};
  std::atomic<std::uint32_t> at_work{0};
  std::atomic<std::uint32_t> of[3] = {};
  std::atomic<std::uint32_t> served{0};
  std::atomic<bool> too_many{false};
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < 12; ++i) {
      threads.emplace_back([&, mine = i % 3] {
        for (int round = 0; round < 60; ++round) {
          const auto slot = slots.acquire(parties[mine], 60s);
          if (!slot) continue;
          if (++at_work > kPlaces || ++of[mine] > mine + 1) too_many = true;
          ++served;
          --of[mine];
          --at_work;
        }
      });
    }
  }
  CHECK_FALSE(too_many);
  CHECK(served == 12 * 60);
}
