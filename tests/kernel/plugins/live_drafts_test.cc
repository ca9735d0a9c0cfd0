#include "kernel/plugins/live_drafts.h"

#include <catch2/catch.hpp>
#include <functional>
#include <future>

#include "tests/kernel/plugins/live_fixture.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::plugins;  // NOLINT
using namespace std::chrono_literals;
using berth::plugins::testing::LiveFixture;
using berth::plugins::testing::named;
using berth::plugins::testing::reason_of;

// One call of a kind about something: the letter of the instance that answered, or the reason why
// it failed.
struct Kind {
  std::string slot;
  std::function<std::unique_ptr<Binding>(Registry&, BindingOptions, const Op&)> start;
  std::vector<std::function<std::string(Binding&, const Op&, std::string_view about)>> calls;

  std::string ask(Binding& binding, const Op& op, std::string_view about = "x") const {
    return calls.front()(binding, op, about);
  }
};

template <class Front>
std::unique_ptr<Binding> start(Registry& registry, BindingOptions options, const Op& op) {
  return *Front::start(registry, std::move(options), op);
}

BssEvent event(std::uint64_t sequence, std::string_view id, std::string_view type = "t") {
  return {sequence, 1, 1, 0, id, type, "t/1", "{}"};
}

std::string delivered_by(const Result<Delivery>& delivery) {
  if (!delivery) return std::string(delivery.error().reason());
  if (delivery->failure) return std::string(delivery->failure->reason());
  return delivery->receipts.front().reason;
}

std::string deliver(Binding& binding, const Op& op, std::string_view about,
                    std::string_view lane = "live") {
  const std::vector<BssEvent> events{event(1, about)};
  return delivered_by(dynamic_cast<LiveBssConnector&>(binding).deliver(op, {"bss", lane, events}));
}

Kind registrar() {
  static const Eid eid = *Eid::parse("89049032001000000000000000000112");
  return {"registrar",
          &start<LiveRegistrar>,
          {[](Binding& binding, const Op& op, std::string_view about) {
             const auto outcome = dynamic_cast<LiveRegistrar&>(binding).register_event(
                 op, {eid, about, "rsp.alpha.example", false});
             if (!outcome) return std::string(outcome.error().reason());
             return std::string(1, static_cast<char>('a' + static_cast<int>(*outcome) - 1));
           },
           [](Binding& binding, const Op& op, std::string_view about) {
             return reason_of(dynamic_cast<LiveRegistrar&>(binding).delete_event(op, eid, about));
           }}};
}

Kind rating() {
  return {"rating",
          &start<LiveRatingModel>,
          {[](Binding& binding, const Op& op, std::string_view about) {
            const std::vector<UsageEvent> usage{{1, 0, 1000, about, "s", "{}"}};
            const auto rated = dynamic_cast<LiveRatingModel&>(binding).rate(op, {{}, usage, true});
            return rated ? rated->lines.front().charge_code : reason_of(rated);
          }}};
}

Kind bss() {
  return {"bss",
          &start<LiveBssConnector>,
          {[](Binding& binding, const Op& op, std::string_view about) {
             const auto verdict = dynamic_cast<LiveBssConnector&>(binding).check_order(op, about);
             return verdict ? verdict->reason : reason_of(verdict);
           },
           [](Binding& binding, const Op& op, std::string_view about) {
             return deliver(binding, op, about);
           },
           [](Binding& binding, const Op& op, std::string_view about) {
             const auto page =
                 dynamic_cast<LiveBssConnector&>(binding).reconcile(op, as_bytes(about), 10);
             return page ? page->records.front() : reason_of(page);
           }}};
}

struct Fixture : LiveFixture {
  const std::vector<Kind> kinds{registrar(), rating(), bss()};

  std::unique_ptr<Binding> begin(const Kind& kind, const std::string& config,
                                 GateSettings limits = {}) {
    return kind.start(registry, options(kind.slot, config, limits), op);
  }
  // A call that lasts until release_held(), once it is in the instance.
  std::future<std::string> hold(const Kind& kind, Binding& binding) {
    auto held = std::async(std::launch::async, [&] { return kind.ask(binding, op, "hold"); });
    while (binding.status(op).front().counts.in_flight == 0) std::this_thread::yield();
    return held;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "every call of a draft kind goes to the instance that serves",
                 "[plugins]") {
  for (const Kind& kind : kinds) {
    INFO(kind.slot);
    const auto one = begin(kind, named("a"));
    CHECK(kind.ask(*one, op) == "a");
    REQUIRE(swap(*one, named("b")));
    CHECK(kind.ask(*one, op) == "b");
    for (const auto& call : kind.calls) {
      CHECK(call(*one, op, "x").size() <= 1);  // no reason why it failed
      CHECK(call(*one, within(-1ms), "x") == "plugin.deadline");
    }
    CHECK(one->status(op).front().counts.failures == 0);
  }
}

TEST_CASE_METHOD(Fixture, "calls of a draft kind in flight end in the instance they are in",
                 "[plugins]") {
  for (const Kind& kind : kinds) {
    INFO(kind.slot);
    const auto one = begin(kind, named("a"));
    auto held = hold(kind, *one);
    CHECK(*swap(*one, named("b")) == 1);
    CHECK(kind.ask(*one, op) == "b");
    CHECK(one->status(op).back().state == ServiceState::kDraining);
    release_held();
    CHECK(held.get() == "a");
  }
}

TEST_CASE_METHOD(Fixture, "a draft kind whose next instance does not start keeps the one it has",
                 "[plugins]") {
  for (const Kind& kind : kinds) {
    INFO(kind.slot);
    const auto one = begin(kind, named("a"));
    CHECK(reason_of(swap(*one, named("b", R"("fail-start":1)"))) == "test.unavailable");
    CHECK(reason_of(swap(*one, named("b", R"("not-serving":1)"))) == "plugin.not_serving");
    CHECK(kind.ask(*one, op) == "a");
    // A plugin of another kind is refused, too.
    CHECK(reason_of(one->swap({testing::bad_plugin("good"), "{}"}, op)) ==
          "plugin.interface_missing");
    CHECK(kind.ask(*one, op) == "a");
  }
}

TEST_CASE_METHOD(Fixture, "a binding's limits hold for the draft kinds", "[plugins][R124:part]") {
  for (const Kind& kind : kinds) {
    INFO(kind.slot);
    const auto one =
        begin(kind, named("a"), {.max_concurrency = 1, .max_waiting = 0, .call_deadline = 60s});
    auto held = hold(kind, *one);
    for (const auto& call : kind.calls) CHECK(call(*one, op, "x") == "plugin.busy");
    // Whoever hangs keeps nobody who goes to the next one.
    REQUIRE(swap(*one, named("b")));
    CHECK(kind.ask(*one, op) == "b");
    release_held();
    CHECK(held.get() == "a");
    const auto brief = begin(kind, named("a"), {.call_deadline = 20ms});
    CHECK(kind.ask(*brief, op, "hold") == "a");  // it ends when its op says so
  }
}

TEST_CASE_METHOD(Fixture, "a draft kind that fails again and again is left alone, for itself",
                 "[plugins][R34:part][R122:part]") {
  const GateSettings limits{.breaker = {.failures = 2, .open = 1h}};
  for (const Kind& kind : kinds) {
    INFO(kind.slot);
    const auto failing = begin(kind, named("a", R"("fails":"9")"), limits);
    const auto other = begin(kind, named("b"), limits);
    CHECK(kind.calls.back()(*failing, op, "x") == "test.unavailable");
    CHECK(kind.ask(*failing, op) == "test.unavailable");
    for (const auto& call : kind.calls) CHECK(call(*failing, op, "x") == "plugin.breaker_open");
    CHECK(failing->status(op).front().state == ServiceState::kBreakerOpen);
    CHECK(kind.ask(*other, op) == "b");
    REQUIRE(swap(*failing, named("c")));
    CHECK(kind.ask(*failing, op) == "c");
    CHECK(failing->status(op).front().state == ServiceState::kServing);
  }
}

TEST_CASE_METHOD(Fixture, "a delivery that fails after some receipts is a failure of its connector",
                 "[plugins][R122:part]") {
  const auto one = begin(bss(), named("a"), {.breaker = {.failures = 2, .open = 1h}});
  auto& connector = dynamic_cast<LiveBssConnector&>(*one);
  const std::vector<BssEvent> events{event(1, "e-1", "half"), event(2, "e-2")};
  for (int i = 0; i < 2; ++i) {
    const auto delivery = connector.deliver(op, {"bss", "live", events});
    REQUIRE(delivery);
    CHECK(delivery->receipts.size() == 1);
    CHECK(delivered_by(delivery) == "test.unavailable");
  }
  CHECK(delivered_by(connector.deliver(op, {"bss", "live", events})) == "plugin.breaker_open");
}

TEST_CASE_METHOD(Fixture, "a lane is served by one call at a time, whichever instances serve",
                 "[plugins]") {
  const auto one = begin(bss(), named("a"));
  auto held = std::async(std::launch::async, [&] { return deliver(*one, op, "hold"); });
  while (one->status(op).front().counts.in_flight == 0) std::this_thread::yield();
  REQUIRE(swap(*one, named("b")));
  CHECK(deliver(*one, within(20ms), "x") == "plugin.busy");
  CHECK(deliver(*one, op, "x", "replay") == "b");
  CHECK(bss().ask(*one, op) == "b");
  auto next = std::async(std::launch::async, [&] { return deliver(*one, op, "x"); });
  release_held();
  CHECK(held.get() == "a");
  CHECK(next.get() == "b");
}

TEST_CASE_METHOD(Fixture, "whoever waits for a lane waits as long as a call may take",
                 "[plugins][R124:part]") {
  const auto patient = begin(bss(), named("a"), {.call_deadline = 20ms});
  auto held = std::async(std::launch::async, [&] { return deliver(*patient, op, "hold"); });
  CHECK_FALSE(deliver(*patient, op, "hold").empty());  // served in turn, or too late for a turn
  CHECK_FALSE(held.get().empty());
  CHECK(deliver(*patient, op, "x") == "a");
}

TEST_CASE_METHOD(Fixture, "swapped again and again while many deliver, no lane sees two at a time",
                 "[plugins]") {
  const auto one = begin(bss(), named("a"));
  std::atomic<bool> stop = false;
  std::atomic<int> failed = 0;
  std::atomic<int> served = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&, lane = i % 2 == 0 ? "lane-0" : "lane-1"] {
      while (!stop) {
        failed += deliver(*one, op, "x", lane).size() == 1 ? 0 : 1;
        ++served;
      }
    });
  }
  for (int i = 0; i < 30; ++i) {
    REQUIRE(swap(*one, named(i % 2 == 0 ? "b" : "a")));
    const int seen = served;
    while (served < seen + 4) std::this_thread::yield();
  }
  stop = true;
  for (auto& caller : callers) caller.join();
  CHECK(failed == 0);
  await("alive-2");
}

TEST_CASE_METHOD(Fixture, "lanes with calls are bounded, and those without are forgotten",
                 "[plugins]") {
  const auto one = begin(bss(), named("a"), {.max_concurrency = 1, .max_waiting = 256});
  std::vector<std::thread> callers;
  std::atomic<int> good = 0;
  const auto on_lane = [&](std::size_t i) {
    return deliver(*one, op, i == 0 ? "hold" : "x", "lane-" + std::to_string(i));
  };
  for (std::size_t i = 0; i < BssConnector::kMaxLanes; ++i) {
    callers.emplace_back([&, i] { good += on_lane(i) == "a" ? 1 : 0; });
    const auto used = [&] {
      const auto counts = one->status(op).front().counts;
      return counts.in_flight + counts.waiting;
    };
    while (used() < i + 1) std::this_thread::yield();
  }
  CHECK(on_lane(BssConnector::kMaxLanes) == "bss.too_many_lanes");
  CHECK(deliver(*one, within(1ms), "x", "lane-5") == "plugin.busy");  // one of those there are
  release_held();
  for (auto& caller : callers) caller.join();
  CHECK(good == static_cast<int>(BssConnector::kMaxLanes));
  CHECK(on_lane(BssConnector::kMaxLanes) == "a");
}

TEST_CASE_METHOD(Fixture, "a batch that breaks the rules takes no lane and no turn", "[plugins]") {
  const auto one = begin(bss(), named("a"));
  CHECK(deliver(*one, op, "x", "../live") == "bss.bad_batch");
  CHECK(one->status(op).front().counts.calls == 0);
}
