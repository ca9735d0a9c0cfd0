#include "kernel/plugins/instance.h"

#include <catch2/catch.hpp>

#include "berth/abi/hsm.h"
#include "tests/kernel/plugins/fixture.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::plugins;  // NOLINT
using berth::plugins::testing::Fixture;
using berth::plugins::testing::reason_of;

}  // namespace

TEST_CASE_METHOD(Fixture, "an instance is named by plugin, tenant and binding", "[plugins]") {
  const auto instance = create("good");
  REQUIRE(instance);
  CHECK((*instance)->label() == "org.example.test (mvno-17/test)");
  CHECK((*instance)->interface<berth_hsm>(BERTH_HSM_V1));
}

TEST_CASE_METHOD(Fixture, "instances of one module stand apart", "[plugins]") {
  const auto module = *load("good");
  const auto one = *Instance::create(module, {"mvno-17", "hsm", "{}"}, services, op);
  const auto two = *Instance::create(module, {"mvno-18", "hsm", "{}"}, services, op);
  CHECK(one->handle() != two->handle());
}

TEST_CASE_METHOD(Fixture, "misbehaviour while an instance is made is named", "[plugins]") {
  CHECK(reason_of(create("fails_in_create_silently")) == "plugin.misbehaved");
  CHECK(reason_of(create("succeeds_after_fail")) == "plugin.misbehaved");
  CHECK(reason_of(create("no_instance")) == "plugin.misbehaved");
  CHECK(reason_of(create("lies_about_provides")) == "plugin.interface_missing");
}

TEST_CASE_METHOD(Fixture, "an instance that cannot start is destroyed and tells why", "[plugins]") {
  const auto instance = create("fails_in_start");
  REQUIRE(reason_of(instance) == "test.start");
  CHECK(instance.error().code() == ErrorCode::kUnavailable);
  CHECK(instance.error().retry_after() == std::chrono::milliseconds(1500));
  CHECK(instance.error().message().find("\\x1B[2J") != std::string::npos);
  CHECK(log.until("destroyed").find("[mvno-17/test] destroyed") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "no instance is made when no time is left", "[plugins]") {
  op = within(std::chrono::milliseconds(-1));
  CHECK(reason_of(create("good")) == "plugin.deadline");
}

TEST_CASE_METHOD(Fixture, "an interface is checked before it is used", "[plugins]") {
  const auto good = *create("good");
  CHECK(reason_of(good->interface<berth_health>(BERTH_HEALTH_V1)) == "plugin.interface_missing");
  const auto holes = *create("null_hsm_slot");
  CHECK(reason_of(holes->interface<berth_hsm>(BERTH_HSM_V1)) == "plugin.null_slot");
  const auto shortened = *create("short_hsm_table");
  CHECK(reason_of(shortened->interface<berth_hsm>(BERTH_HSM_V1)) == "plugin.interface_short");
}
