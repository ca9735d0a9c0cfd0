#include "kernel/api/break_glass.h"

#include <catch2/catch.hpp>

#include "tests/kernel/api/fakes.h"

namespace berth::api {
namespace {

const Identity kAnna{"anna", {OperatorRole::kOperator}, std::nullopt};
const Identity kBert{"bert", {OperatorRole::kAuditor}, std::nullopt};

struct Glass {
  test::FakeHostLedger ledger;
  ManualClock clock{1'800'000'000'000};
  SystemRandom random;
  BreakGlass glass{ledger, clock, random};
};

}  // namespace

TEST_CASE("a grant lasts its time, for one person, and is an alarm until another looked at it",
          "[api]") {
  Glass one;
  const auto grant = one.glass.open(kAnna, "nobody else is awake");
  REQUIRE(grant.ok());
  CHECK(one.glass.open_for(kAnna)->has_value());
  CHECK_FALSE(one.glass.open_for(kBert)->has_value());
  CHECK(one.glass.open(kAnna, "and once more")->id == grant->id);  // not prolonged
  one.clock.advance(kBreakGlassLifetime);
  CHECK_FALSE(one.glass.open_for(kAnna)->has_value());
  REQUIRE(one.glass.unacknowledged()->size() == 1);
  CHECK(one.glass.acknowledge(kAnna, grant->id, false).error().reason() == "break_glass.own");
  CHECK(one.glass.unacknowledged()->size() == 1);
  const auto seen = one.glass.acknowledge(kBert, grant->id, false);
  REQUIRE(seen.ok());
  CHECK(seen->acknowledged_by == "bert");
  CHECK(one.glass.unacknowledged()->empty());
  REQUIRE(one.ledger.audited.size() == 2);
  CHECK(one.ledger.audited[0].type == "break_glass.opened");
  CHECK(one.ledger.audited[1].type == "break_glass.acknowledged");
}

TEST_CASE("to acknowledge a grant ends it", "[api]") {
  Glass one;
  const auto grant = one.glass.open(kAnna, "nobody else is awake");
  REQUIRE(one.glass.acknowledge(kBert, grant->id, false).ok());
  CHECK_FALSE(one.glass.open_for(kAnna)->has_value());
}

TEST_CASE("the glass is not broken without a reason, and unknown grants are not acknowledged",
          "[api]") {
  Glass one;
  for (const std::string& reason : {std::string(), std::string("short"), std::string(501, 'x')}) {
    CHECK(one.glass.open(kAnna, reason).error().reason() == "break_glass.reason");
  }
  CHECK(one.ledger.kept.empty());
  CHECK(one.glass.acknowledge(kBert, "none", false).error().reason() == "break_glass.unknown");
  REQUIRE(one.glass.open(kAnna, "nobody else is awake").ok());
  one.ledger.kept.begin()->second.body = "{";
  CHECK(one.glass.unacknowledged().error().reason() == "break_glass.damaged");
}

}  // namespace berth::api
