// The host stops and starts between any two steps; what was answered is there.

#include <catch2/catch.hpp>

#include "tests/scenario/world.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT

}  // namespace

TEST_CASE("an order outlives a restart", "[scenario][R79]") {
  World world;
  const auto order = world.order("alpha");
  world.restart();
  auto phone = world.phone(kAlphaEid);
  CHECK(phone->download(order.activation_code).ok());
  CHECK(world.profile_state("alpha", order.iccid) == "Installed");
}

TEST_CASE("a download broken off by a restart is completed by a new attempt",
          "[scenario][R72:part][R76]") {
  World world;
  const auto order = world.order("alpha");
  auto phone = world.phone(kAlphaEid);
  lpa::DownloadOptions options;
  options.abandon_after = lpa::StopPoint::kBound;
  REQUIRE(phone->download(order.activation_code, options).ok());
  const auto sequence = world.events("alpha").back().sequence;
  world.restart();
  auto again = world.phone(kAlphaEid);
  const auto report = again->download(order.activation_code);
  REQUIRE(report.ok());
  CHECK(world.profile_state("alpha", order.iccid) == "Installed");
  const auto events = world.events("alpha");
  CHECK(events.back().sequence > sequence);
  for (std::size_t i = 0; i < events.size(); ++i) {
    CHECK(events[i].sequence == static_cast<std::int64_t>(i) + 1);
  }
  const auto verdict = world.tenant("alpha").ledger().verify_audit();
  REQUIRE(verdict.ok());
  CHECK(verdict->intact);
}

TEST_CASE("an install result sent after a restart still counts", "[scenario][R72:part][R79]") {
  World world;
  const auto order = world.order("alpha");
  auto phone = world.phone(kAlphaEid);
  const Bytes result = phone->install_silently(order.activation_code);
  world.restart();
  CHECK(world.profile_state("alpha", order.iccid) == "Downloaded");
  auto reconnected = world.phone(kAlphaEid);  // the host has another port now
  lpa::Es9Client client(reconnected->transport(), "rsp.alpha.example");
  CHECK(client.handle_notification(result).ok());
  CHECK(world.profile_state("alpha", order.iccid) == "Installed");
}
