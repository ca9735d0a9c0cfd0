#include "kernel/plugins/live_hsm.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

#include "tests/kernel/plugins/live_fixture.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::plugins;  // NOLINT
using namespace std::chrono_literals;
using berth::plugins::testing::bad_plugin;
using berth::plugins::testing::LiveFixture;
using berth::plugins::testing::named;
using berth::plugins::testing::reason_of;

struct Fixture : LiveFixture {
  // Which instance signed, and which one had opened the key: "ab".
  std::string signed_by(LiveHsm& keys, const HsmKey& key) const {
    const auto signature = keys.sign(op, key, Sha256{});
    if (!signature) return std::string(signature.error().reason());
    return {static_cast<char>((*signature)[0]), static_cast<char>((*signature)[1])};
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a key opened by its reference goes with the traffic", "[plugins]") {
  const auto keys = hsm(named("a"));
  const auto key = *keys->open_key(op, "dp-auth");
  const auto same = *keys->open_key(op, "dp-auth");
  CHECK(signed_by(*keys, *key) == "aa");
  REQUIRE(swap(*keys, named("b")));
  CHECK(signed_by(*keys, *key) == "bb");
  CHECK(signed_by(*keys, *same) == "bb");
  // It holds nothing of the instance that it came from.
  await("alive-2");
  REQUIRE(swap(*keys, named("c")));
  CHECK(signed_by(*keys, *key) == "cc");
}

TEST_CASE_METHOD(Fixture, "an ephemeral key stays where it was made, which stays with it",
                 "[plugins]") {
  const auto keys = hsm(named("a"));
  auto one_time = *keys->generate_ephemeral(op, Curve::kP256);
  REQUIRE(swap(*keys, named("b")));
  CHECK(signed_by(*keys, *one_time) == "aa");
  CHECK(keys->public_point(op, *one_time));
  CHECK(keys->agree_x963(op, *one_time, Bytes(65), {}, 32));
  CHECK(told("alive-3"));
  CHECK(keys->status(op).back().state == ServiceState::kDraining);
  one_time.reset();
  await("alive-2");
  CHECK(told("keys-0"));
}

TEST_CASE_METHOD(Fixture, "an HSM without the keys in use does not take over", "[plugins]") {
  const auto keys = hsm(named("a"));
  const auto key = *keys->open_key(op, "dp-auth");
  const auto refused = swap(*keys, named("b", R"("no-keys":1)"));
  CHECK(reason_of(refused) == "plugin.swap_keys");
  CHECK(refused.error().message().find("'dp-auth'") != std::string::npos);
  CHECK(signed_by(*keys, *key) == "aa");
  // A key by the same name that is another is noticed where its public half was asked for.
  REQUIRE(keys->public_point(op, *key));
  CHECK(reason_of(swap(*keys, named("b", R"("other-keys":1)"))) == "plugin.swap_keys");
  CHECK(signed_by(*keys, *key) == "aa");
  await("alive-2");
  CHECK(told("keys-1"));
}

TEST_CASE_METHOD(Fixture, "the owner's acceptance is asked before traffic moves", "[plugins]") {
  const auto keys = hsm(named("a"));
  const auto key = *keys->open_key(op, "dp-auth");
  keys->accept_only([&](Hsm& candidate, const Op& given) -> Result<void> {
    BERTH_TRY(kek, candidate.open_key(given, "kek"));
    CHECK((*candidate.sign(given, *kek, Sha256{}))[0] == 'b');
    return Error(ErrorCode::kDataLoss, "vault.wrong_key", "as the test wants");
  });
  CHECK(reason_of(swap(*keys, named("b"))) == "vault.wrong_key");
  CHECK(signed_by(*keys, *key) == "aa");
}

TEST_CASE_METHOD(Fixture,
                 "a library that a binding does not admit makes no instance, first or next",
                 "[plugins]") {
  BindingOptions strict = options("hsm", named("a"));
  strict.instance.admit = [](const Module& module) -> Result<void> {
    if (module.id() == "org.example.puppet") return {};
    return Error(ErrorCode::kFailedPrecondition, "test.not_admitted", std::string(module.id()));
  };
  const auto keys = *LiveHsm::start(registry, strict, op);
  CHECK(reason_of(keys->swap({bad_plugin("good"), "{}"}, op)) == "test.not_admitted");
  CHECK(keys->status(op).size() == 1);
  REQUIRE(swap(*keys, named("b")));
  strict.library = bad_plugin("good");
  CHECK(reason_of(LiveHsm::start(registry, strict, op)) == "test.not_admitted");
}

TEST_CASE_METHOD(Fixture, "every call of an HSM goes to the instance that serves", "[plugins]") {
  const auto keys = hsm(named("a"));
  REQUIRE(swap(*keys, named("b")));
  CHECK(keys->limits(op)->max_concurrency == 4);
  const auto kek = *keys->generate_wrapping_key(op, "kek");
  CHECK(reason_of(keys->curve(op, *kek)) == "hsm.curve_unknown");  // it passes through
  const auto wrapped = keys->wrap(op, *kek, {}, Bytes(32));
  REQUIRE(wrapped);
  CHECK(keys->unwrap(op, *kek, {}, *wrapped)->size() == 32);
  const auto pair = *keys->generate_pair(op, "dp-pb", Curve::kP256, KeyUsage::kSign);
  REQUIRE(swap(*keys, named("c")));  // known by their labels, they move like any other
  CHECK(signed_by(*keys, *kek) == "cc");
  CHECK(signed_by(*keys, *pair) == "cc");
  CHECK(reason_of(keys->import_key(op, "k", Curve::kP256, KeyUsage::kSign, Bytes(32, 1))) ==
        "plugin.interface_missing");
}

TEST_CASE_METHOD(Fixture, "a key works with its own binding only", "[plugins]") {
  struct StrangeKey final : HsmKey {};
  const auto keys = hsm(named("a"));
  const auto other = hsm(named("b"));
  const auto key = *other->open_key(op, "dp-auth");
  CHECK(signed_by(*keys, *key) == "hsm.foreign_key");
  CHECK(signed_by(*keys, StrangeKey()) == "hsm.foreign_key");
  CHECK(keys->status(op).front().counts.calls == 0);
}

TEST_CASE_METHOD(Fixture, "a key may outlive the binding it came from", "[plugins]") {
  auto keys = hsm(named("a"));
  const auto key = *keys->open_key(op, "dp-auth");
  keys.reset();
}

TEST_CASE_METHOD(Fixture, "swapped again and again while others sign, none fails", "[plugins]") {
  const auto keys = hsm(named("a"), {.max_concurrency = 2});
  const std::shared_ptr<HsmKey> shared = *keys->open_key(op, "dp-auth");
  std::atomic<bool> stop = false;
  std::atomic<int> failed = 0;
  std::atomic<int> served = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&, i] {
      while (!stop) {
        const auto by = signed_by(*keys, *shared);
        failed += by.size() == 2 && by[0] == by[1] ? 0 : 1;
        if (i == 0) failed += keys->open_key(op, "another") ? 0 : 1;
        if (i == 1) {
          const auto key = keys->generate_ephemeral(op, Curve::kP256);
          failed += key && keys->agree_x963(op, **key, Bytes(65), {}, 32) ? 0 : 1;
        }
        ++served;
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    REQUIRE(swap(*keys, named(i % 2 == 0 ? "b" : "a")));
    const int seen = served;
    while (served == seen) std::this_thread::yield();
  }
  stop = true;
  for (auto& caller : callers) caller.join();
  CHECK(failed == 0);
  await("alive-2");
  await("keys-1");
}

TEST_CASE_METHOD(Fixture, "one binding's failing HSM is nobody else's affair",
                 "[plugins][R122:part][R157:part]") {
  const GateSettings limits{.breaker = {.failures = 2, .open = 1h}};
  const auto failing = hsm(named("a", R"("fails":"9")"), limits);
  const auto other = hsm(named("b"), limits);
  const auto key = *failing->open_key(op, "dp-auth");
  const auto others = *other->open_key(op, "dp-auth");
  CHECK(signed_by(*failing, *key) == "test.unavailable");
  CHECK(signed_by(*failing, *key) == "test.unavailable");
  CHECK(signed_by(*failing, *key) == "plugin.breaker_open");
  CHECK(signed_by(*other, *others) == "bb");
  CHECK(other->status(op).front().counts.failures == 0);
}
