#include "kernel/plugins/binding.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <thread>
#include <vector>

#include "tests/kernel/plugins/live_fixture.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::plugins;  // NOLINT
using namespace std::chrono_literals;
using berth::plugins::testing::bad_plugin;
using berth::plugins::testing::Fixture;
using berth::plugins::testing::LiveFixture;
using berth::plugins::testing::named;
using berth::plugins::testing::reason_of;

}  // namespace

TEST_CASE_METHOD(LiveFixture, "traffic moves to the new instance and the old one ends",
                 "[plugins]") {
  const auto objects = store(named("a"));
  REQUIRE(swap(*objects, named("b")));
  CHECK(objects->stat(op, "x")->etag == "b");
  CHECK(objects->deployment().config_json == named("b"));
  await("alive-2");  // it and the window
}

TEST_CASE_METHOD(LiveFixture, "whatever is wrong with the new one, the old one goes on",
                 "[plugins]") {
  const auto objects = store(named("a"));
  const auto refused = [&](const std::string& config) { return reason_of(swap(*objects, config)); };
  CHECK(refused(named("b", R"("fail-start":1)")) == "test.unavailable");
  CHECK(refused(named("b", R"("not-serving":1)")) == "plugin.not_serving");
  CHECK(refused(named("b", R"("bad-health":1)")) == "plugin.misbehaved");
  CHECK(reason_of(objects->swap({"/nowhere/x.so", "{}"}, op)) == "plugin.not_found");
  CHECK(reason_of(objects->swap({bad_plugin("newer_major"), "{}"}, op)) == "plugin.abi_major");
  CHECK(reason_of(objects->swap({bad_plugin("puppet"), named("b")}, within(-1ms))) ==
        "plugin.deadline");
  objects->accept_only([](ObjectStore& candidate, const Op& given) -> Result<void> {
    BERTH_TRY_VOID(candidate.get(given, "package", 10));
    return {};
  });
  CHECK(refused(named("b")) == "storage.not_found");
  CHECK(objects->stat(op, "x")->etag == "a");
  CHECK(objects->deployment().config_json == named("a"));
  await("alive-2");  // what was started for nothing has ended
  CHECK(objects->status(op).size() == 1);
}

TEST_CASE_METHOD(LiveFixture, "a degraded instance may take over, and says that it is",
                 "[plugins]") {
  const auto objects = store(named("a"));
  REQUIRE(swap(*objects, named("b", R"("degraded":1)")));
  const auto status = objects->status(op).front();
  CHECK(status.state == ServiceState::kDegraded);
  CHECK(status.detail.find("as the test wants") != std::string::npos);
  CHECK(status.library == bad_plugin("puppet"));
}

TEST_CASE_METHOD(LiveFixture, "the old instance drains until its last call has ended",
                 "[plugins]") {
  const auto objects = store(named("a"));
  std::string answered_by;
  std::thread caller([&] { answered_by = objects->stat(op, "hold")->etag; });
  while (objects->status(op).front().counts.in_flight == 0) std::this_thread::yield();
  CHECK(*swap(*objects, named("b")) == 1);
  CHECK(objects->stat(op, "x")->etag == "b");
  const auto both = objects->status(op);
  REQUIRE(both.size() == 2);
  CHECK(both[0].state == ServiceState::kServing);
  CHECK(both[1].state == ServiceState::kDraining);
  CHECK(both[1].counts.in_flight == 1);
  CHECK(told("alive-3"));
  release_held();
  caller.join();
  CHECK(answered_by == "a");
  await("alive-2");
  await_alone(*objects);
}

TEST_CASE_METHOD(LiveFixture, "who waited for a hung instance goes over to the new one",
                 "[plugins][R157:part]") {
  const auto objects = store(named("a"), {.max_concurrency = 1});
  std::thread hung([&] { static_cast<void>(objects->stat(op, "hold").ok()); });
  while (objects->status(op).front().counts.in_flight == 0) std::this_thread::yield();
  std::string answered_by;
  std::thread waiter([&] { answered_by = objects->stat(op, "x")->etag; });
  while (objects->status(op).front().counts.waiting == 0) std::this_thread::yield();
  REQUIRE(swap(*objects, named("b")));
  waiter.join();
  CHECK(answered_by == "b");
  release_held();
  hung.join();
}

TEST_CASE_METHOD(LiveFixture, "swapped again and again under load, no call fails", "[plugins]") {
  const auto objects = store(named("a"), {.max_concurrency = 2});
  std::atomic<bool> stop = false;
  std::atomic<int> failed = 0;
  std::atomic<int> served = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      while (!stop) {
        const auto info = objects->stat(op, "x");
        failed += info && (info->etag == "a" || info->etag == "b") ? 0 : 1;
        ++served;
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    REQUIRE(swap(*objects, named(i % 2 == 0 ? "b" : "a")));
    if (i % 10 == 0) CHECK_FALSE(swap(*objects, named("c", R"("fail-start":1)")));
    const int seen = served;
    while (served == seen) std::this_thread::yield();
  }
  stop = true;
  for (auto& caller : callers) caller.join();
  CHECK(failed == 0);
  await("alive-2");
}

TEST_CASE_METHOD(LiveFixture, "one swap of a binding runs at a time", "[plugins]") {
  const auto objects = store(named("a"));
  std::string inner;
  objects->accept_only([&](ObjectStore&, const Op&) -> Result<void> {
    std::thread other([&] { inner = reason_of(swap(*objects, named("c"))); });
    other.join();
    return {};
  });
  REQUIRE(swap(*objects, named("b")));
  CHECK(inner == "plugin.swap_running");
  CHECK(objects->stat(op, "x")->etag == "b");
}

TEST_CASE_METHOD(LiveFixture, "no more calls are in flight than plugin and binding allow",
                 "[plugins][R124:part]") {
  CHECK(store(named("a"))->status(op).front().max_concurrency == 64);  // it says nothing
  CHECK(store(named("a"), {.max_concurrency = 3})->status(op).front().max_concurrency == 3);
  CHECK(hsm(named("a"))->status(op).front().max_concurrency == 4);  // an HSM says it itself
  CHECK(hsm(named("a"), {.max_concurrency = 3})->status(op).front().max_concurrency == 3);
  const auto objects = store(named("a"), {.max_concurrency = 2, .max_waiting = 0});
  std::vector<std::thread> held;
  for (int i = 0; i < 2; ++i) {
    held.emplace_back([&] { static_cast<void>(objects->stat(op, "hold").ok()); });
  }
  while (objects->status(op).front().counts.in_flight < 2) std::this_thread::yield();
  CHECK(reason_of(objects->stat(op, "x")) == "plugin.busy");
  release_held();
  for (auto& one : held) one.join();
  CHECK(objects->stat(op, "x"));
}

TEST_CASE_METHOD(LiveFixture, "one call may last as long as the binding allows", "[plugins]") {
  const auto objects = store(named("a"), {.call_deadline = 20ms});
  CHECK(objects->stat(op, "hold"));  // the puppet ends when its op says so
  CHECK(objects->status(op).front().counts.in_flight == 0);
}

TEST_CASE_METHOD(LiveFixture, "a breaker that opened is told, and a new instance begins anew",
                 "[plugins][R122:part]") {
  const auto objects =
      store(named("a", R"("fails":"9")"), {.breaker = {.failures = 3, .open = 1h}});
  for (int i = 0; i < 3; ++i) CHECK(reason_of(objects->stat(op, "x")) == "test.unavailable");
  CHECK(reason_of(objects->stat(op, "x")) == "plugin.breaker_open");
  const auto status = objects->status(op).front();
  CHECK(status.state == ServiceState::kBreakerOpen);
  CHECK(status.counts.calls == 3);
  CHECK(status.counts.failures == 3);
  REQUIRE(swap(*objects, named("b")));
  CHECK(objects->stat(op, "x")->etag == "b");
  CHECK(objects->status(op).front().state == ServiceState::kServing);
}

TEST_CASE_METHOD(LiveFixture, "after its time the breaker tries, and closes on success",
                 "[plugins][R122:part]") {
  const auto objects =
      store(named("a", R"("fails":"2")"), {.breaker = {.failures = 1, .open = 1ms}});
  CHECK(reason_of(objects->stat(op, "x")) == "test.unavailable");
  // The trial meets the second failure, the next one serves.
  std::string reason;
  do {
    reason = reason_of(objects->stat(op, "x"));
  } while (!reason.empty());
  CHECK(objects->status(op).front().state == ServiceState::kServing);
  CHECK(objects->status(op).front().counts.failures == 2);
}

TEST_CASE_METHOD(LiveFixture, "a start that hangs is its own tenant's affair",
                 "[plugins][R34:part]") {
  const auto objects = store(named("a"));
  auto hung = std::async(std::launch::async,
                         [&] { return swap(*objects, named("b", R"("hold-start":1)")); });
  while (!told("alive-3")) std::this_thread::yield();  // it, the new one and the window
  CHECK(reason_of(swap(*objects, named("c"))) == "plugin.swap_running");
  CHECK(objects->stat(op, "x")->etag == "a");
  // Of the same module.
  auto others = options("storage", named("d"));
  others.instance.tenant = "mvno-18";
  const auto other = *LiveObjectStore::start(registry, others, op);
  REQUIRE(swap(*other, named("e")));
  CHECK(other->stat(op, "x")->etag == "e");
  release_held();
  CHECK(hung.get());
  CHECK(objects->stat(op, "x")->etag == "b");
}

TEST_CASE_METHOD(Fixture, "an end that hangs is told, and is its own tenant's affair",
                 "[plugins][R34:part]") {
  ManualClock still(1);
  services.clock = &still;
  Registry registry(services, anyone);
  const auto start = [&](const std::string& tenant, const std::string& config) {
    return *LiveObjectStore::start(registry,
                                   {bad_plugin("puppet"), {tenant, "storage", config}, {}}, op);
  };
  const auto swap = [&](Binding& binding, const std::string& config) {
    return binding.swap({bad_plugin("puppet"), config}, op);
  };
  const auto window = start("mvno-1", named("w"));
  const auto await = [&](const std::string& what) {
    const auto there = [&] {
      const auto names = window->list(op, "", "", 10);
      return std::find(names->begin(), names->end(), what) != names->end();
    };
    while (!there()) std::this_thread::yield();
  };

  const auto stuck = start("mvno-17", named("a", R"("hold-drain":1)"));
  REQUIRE(swap(*stuck, named("b")));
  CHECK(stuck->stat(op, "x")->etag == "b");
  while (!window->stat(op, "holding")) std::this_thread::yield();
  CHECK(stuck->status(op).back().state == ServiceState::kDraining);
  CHECK(stuck->status(op).back().detail == "it was told to end 0 s ago");
  still.advance(6s);
  CHECK(stuck->status(op).back().state == ServiceState::kStuck);
  CHECK(stuck->status(op).back().detail.find("drain or destroy hangs") != std::string::npos);
  CHECK(stuck->status(op).back().library == bad_plugin("puppet"));
  CHECK(stuck->modules().size() == 2);

  // Another tenant's instances of the same module come and go.
  const auto other = start("mvno-18", named("c"));
  await("alive-4");
  REQUIRE(swap(*other, named("d")));
  await("alive-4");
  while (other->status(op).size() > 1) std::this_thread::yield();
  // The tenant itself goes on, too; what is to end waits in its turn.
  REQUIRE(swap(*stuck, named("e")));
  CHECK(stuck->stat(op, "x")->etag == "e");
  CHECK(stuck->status(op).size() == 3);
  CHECK(stuck->status(op).back().detail.find("when what else") != std::string::npos);
  REQUIRE(window->stat(op, "release"));
  await("alive-3");
  while (stuck->status(op).size() > 1) std::this_thread::yield();
}

TEST_CASE_METHOD(LiveFixture, "what started and is of no use ends beside the caller", "[plugins]") {
  const auto keys = hsm(named("a"));
  // It starts, gives an HSM no usable limits, and hangs in its end.
  const auto refused =
      keys->swap({bad_plugin("puppet"), named("b", R"("no-limits":1,"hold-drain":1)")}, op);
  CHECK(reason_of(refused) == "plugin.misbehaved");
  CHECK(told("alive-3"));
  release_held();
  await("alive-2");
}
