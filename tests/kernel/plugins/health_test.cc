#include "kernel/plugins/health.h"

#include <catch2/catch.hpp>

#include "tests/kernel/plugins/fixture.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::plugins;  // NOLINT
using berth::plugins::testing::bad_plugin;
using berth::plugins::testing::reason_of;

struct Fixture : berth::plugins::testing::Fixture {
  Registry registry{services, anyone};
  Result<Health> health_of(const std::string& config) {
    const auto instance =
        registry.instance(bad_plugin("puppet"), {"mvno-17", "storage", config}, op);
    REQUIRE(instance);
    return check_health(**instance, op);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "an instance says how it is, in its own words", "[plugins]") {
  CHECK(health_of("{}")->fitness == Fitness::kServing);
  CHECK(health_of(R"({"degraded":1})")->fitness == Fitness::kDegraded);
  const auto bad = health_of(R"({"not-serving":1})");
  CHECK(bad->fitness == Fitness::kNotServing);
  CHECK(bad->detail == R"({"why":"as the test wants"})");
}

TEST_CASE_METHOD(Fixture, "who offers no health counts as serving", "[plugins]") {
  const auto health = check_health(**create("good"), op);
  CHECK(health->fitness == Fitness::kServing);
  CHECK(health->detail.empty());
}

TEST_CASE_METHOD(Fixture, "its words are printable, and of a flood the beginning is kept",
                 "[plugins]") {
  CHECK(health_of(R"({"long-words":1})")->detail == std::string(2999, 'd') + "\\x0A");
  const auto flooded = health_of(R"({"flood":1})");
  CHECK(flooded->fitness == Fitness::kServing);
  CHECK(flooded->detail.size() <= 4096);
  CHECK(flooded->detail.starts_with(std::string(2999, 'd') + "\\x0Add"));
}

TEST_CASE_METHOD(Fixture, "a check that fails is told as it failed", "[plugins]") {
  CHECK(reason_of(health_of(R"({"away":1})")) == "test.unavailable");
}

TEST_CASE_METHOD(Fixture, "a state that does not exist is misbehaviour", "[plugins]") {
  CHECK(reason_of(health_of(R"({"bad-health":1})")) == "plugin.misbehaved");
}

TEST_CASE_METHOD(Fixture, "nobody is asked without time left", "[plugins]") {
  const auto instance = registry.instance(bad_plugin("puppet"), {"t", "s", "{}"}, op);
  CHECK(reason_of(check_health(**instance, within(std::chrono::milliseconds(-1)))) ==
        "plugin.deadline");
}
