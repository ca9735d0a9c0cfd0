#include "kernel/context/tenant_limits.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <latch>
#include <random>
#include <thread>

#include "tests/kernel/context/context_fixture.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::context;  // NOLINT
using namespace std::chrono_literals;
using context::testing::Scene;
using tenancy::Limit;
using tenancy::LimitSettings;

LimitSettings with(std::initializer_list<std::pair<Limit, std::uint64_t>> changes) {
  LimitSettings settings;
  for (const auto& [limit, value] : changes) settings.set(limit, value);
  return settings;
}

}  // namespace

TEST_CASE("connections are bounded, at once and by how many come, and counted by which",
          "[context]") {
  ManualClock clock(1'800'000'000'000);
  TenantLimits limits(with({{Limit::kConnections, 3}, {Limit::kConnectionsPerSecond, 8}}), clock);
  CHECK(limits.connect());
  CHECK(limits.connect());
  CHECK_FALSE(limits.connect());  // a quarter of a second's worth is gone
  CHECK(limits.use(Limit::kConnectionsPerSecond).refused == 1);
  clock.advance(1s);
  CHECK(limits.connect());
  CHECK_FALSE(limits.connect());
  CHECK(limits.use(Limit::kConnections).refused == 1);
  CHECK(limits.use(Limit::kConnections).in_use == 3);
  limits.disconnect();
  CHECK(limits.connect());
}

TEST_CASE("of many connections that come at once no more get in than may", "[context]") {
  constexpr int kThreads = 4;
  constexpr std::uint64_t kRoom = 10;
  const ManualClock clock(1'800'000'000'000);
  for (int round = 0; round < 100; ++round) {
    TenantLimits limits(
        with({{Limit::kConnections, kRoom}, {Limit::kConnectionsPerSecond, 10'000}}), clock);
    std::latch together{kThreads};
    std::atomic<std::uint64_t> inside{0};
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < kThreads; ++i) {
        threads.emplace_back([&] {
          together.arrive_and_wait();
          for (std::uint64_t tries = 0; tries < kRoom; ++tries) inside += limits.connect() ? 1 : 0;
        });
      }
    }
    REQUIRE(inside == kRoom);
    REQUIRE(limits.use(Limit::kConnections).in_use == kRoom);
  }
}

TEST_CASE("what is changed counts from now on, and what the files say stays known", "[context]") {
  ManualClock clock(1'800'000'000'000);
  TenantLimits limits(with({{Limit::kDownloadsPerSecond, 1}, {Limit::kWorkers, 1}}), clock);
  CHECK(limits.take(Limit::kDownloadsPerSecond));
  CHECK_FALSE(limits.take(Limit::kDownloadsPerSecond));
  CHECK(limits.retry_after(Limit::kDownloadsPerSecond) == 1s);
  const auto first = limits.place(Limit::kWorkers, 0s);
  CHECK_FALSE(limits.place(Limit::kWorkers, 0s));
  limits.change(with({{Limit::kDownloadsPerSecond, 100}, {Limit::kWorkers, 2}}));
  clock.advance(10ms);
  CHECK(limits.take(Limit::kDownloadsPerSecond));
  CHECK(limits.place(Limit::kWorkers, 0s));
  CHECK(limits.configured()[Limit::kWorkers] == 1);
  CHECK(limits.settings()[Limit::kWorkers] == 2);
  const auto use = limits.use(Limit::kDownloadsPerSecond);
  CHECK(use.value == 100);
  CHECK(use.allowed == 2);
  CHECK(use.refused == 1);
  CHECK(use.last_refused_ms == 1'800'000'000'000);
}

TEST_CASE("a limit blocks while it refuses as often as it allows, and no longer",
          "[context][R135:part]") {
  ManualClock clock(1'800'000'000'000);
  TenantLimits limits({}, clock);
  CHECK_FALSE(limits.use(Limit::kEs2PerSecond).blocked);
  limits.note(Limit::kEs2PerSecond, true);
  limits.note(Limit::kEs2PerSecond, true);
  limits.note(Limit::kEs2PerSecond, false);
  CHECK_FALSE(limits.use(Limit::kEs2PerSecond).blocked);
  limits.note(Limit::kEs2PerSecond, false);
  CHECK(limits.use(Limit::kEs2PerSecond).blocked);
  CHECK_FALSE(limits.use(Limit::kDownloadsPerSecond).blocked);
  clock.advance(59s);
  CHECK(limits.use(Limit::kEs2PerSecond).blocked);
  clock.advance(61s);
  CHECK_FALSE(limits.use(Limit::kEs2PerSecond).blocked);
  CHECK(limits.use(Limit::kEs2PerSecond).refused == 2);
}

TEST_CASE("tenants share a host's places and none keeps another from its own",
          "[context][R34:part]") {
  ManualClock clock(1'800'000'000'000);
  const std::shared_ptr<SharedPlaces> places(
      new SharedPlaces{FairSlots(4), FairSlots(2), FairSlots(4)});
  TenantLimits loud(with({{Limit::kWorkers, 3}}), clock, places);
  TenantLimits quiet(with({{Limit::kWorkers, 3}}), clock, places);
  std::vector<FairSlots::Slot> held;
  while (auto slot = loud.place(Limit::kWorkers, 0s)) held.push_back(*std::move(slot));
  CHECK(held.size() == 3);
  CHECK(quiet.place(Limit::kWorkers, 0s));
  // A storm of notifications has places of its own.
  std::vector<FairSlots::Slot> storm;
  while (auto slot = loud.place(Limit::kNotificationWorkers, 0s)) storm.push_back(*std::move(slot));
  CHECK(storm.size() == 2);
  CHECK(quiet.place(Limit::kWorkers, 0s));
  CHECK(loud.use(Limit::kNotificationWorkers).in_use == 2);
}

TEST_CASE("a store is filled to its limit, object by object and octet by octet",
          "[context][R123]") {
  Scene scene;
  ledger::TenantLedger& ledger = scene.at("alpha").ledger();
  TenantLimits limits(with({{Limit::kObjects, 4}, {Limit::kObjectBytes, 1000}}), scene.clock);
  CHECK(limits.store({2, 900}, ledger));
  const auto too_large = limits.store({1, 101}, ledger);
  REQUIRE_FALSE(too_large.ok());
  CHECK(too_large.error().reason() == "limits.storage");
  CHECK(too_large.error().message().find("objectBytes of 1000") != std::string::npos);
  CHECK(limits.store({1, 100}, ledger));
  const auto too_many = limits.store({2, 0}, ledger);
  REQUIRE_FALSE(too_many.ok());
  CHECK(too_many.error().message().find("objects of 4") != std::string::npos);
  CHECK(limits.use(Limit::kObjects).in_use == 3);
  limits.unstore({2, 900});
  CHECK(limits.store({3, 800}, ledger));
  CHECK_FALSE(limits.store({std::uint64_t(-1), std::uint64_t(-1)}, ledger).ok());
  // After a while the ledger is asked again, which knows of none of these.
  scene.clock.advance(TenantLimits::kStoredKnown);
  CHECK(limits.store({4, 1000}, ledger));
}
