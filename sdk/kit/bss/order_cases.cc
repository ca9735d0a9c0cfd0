// The kit: asking about an order leaves no trace, however often and about whatever.

#include "kit/bss/bss_kit.h"

namespace {

using namespace berth::bss_kit;

constexpr const char* kOrder =
    R"({"iccid":"8944000000000000019","eid":"89049032001000000000000000000112",)"
    R"("profileType":"starter","requester":"operator","aMemberOfTomorrow":{"x":[1]}})";

// A decision as the rules want it: a reason where one is due, and none where not.
void check_shape(const berth_bss_verdict& verdict) {
  bool allowed = verdict.decision == BERTH_BSS_ALLOW;
  CHECK((allowed || verdict.decision == BERTH_BSS_DENY || verdict.decision == BERTH_BSS_HOLD));
  CHECK((verdict.reason_len == 0) == allowed);
  CHECK((verdict.message_len == 0) == allowed);
  CHECK(verdict.reason_len <= BERTH_BSS_REASON_MAX);
  CHECK(verdict.message_len <= BERTH_BSS_MESSAGE_MAX);
  CHECK((verdict.hold_for_ms > 0) == (verdict.decision == BERTH_BSS_HOLD));
}

}  // namespace

TEST_CASE("an order is decided, the same way each time it is asked about", "[bss-kit]") {
  auto place = make_place();
  Connector connector(*place);
  berth_bss_verdict first{};
  REQUIRE(connector.check(kOrder, first).ok());
  check_shape(first);
  for (int i = 0; i < 20; ++i) {
    berth_bss_verdict again{};
    CHECK(connector.check(kOrder, again).ok());
    CHECK(again.decision == first.decision);
  }
}

TEST_CASE("what the configuration denies or holds is denied or held", "[bss-kit]") {
  auto place = make_place();
  Connector connector(*place);
  berth_bss_verdict verdict{};
  if (!place->denied_order().empty()) {
    CHECK(connector.check(place->denied_order(), verdict).ok());
    CHECK(verdict.decision == BERTH_BSS_DENY);
    check_shape(verdict);
  }
  if (!place->held_order().empty()) {
    CHECK(connector.check(place->held_order(), verdict).ok());
    CHECK(verdict.decision == BERTH_BSS_HOLD);
    check_shape(verdict);
  }
}

TEST_CASE("asking about orders leaves no trace", "[bss-kit]") {
  auto place = make_place();
  Connector connector(*place);
  CHECK(connector.deliver(events(1, 3)) == "DDD");
  std::string before = place->trace();
  std::vector<std::string> believed;
  std::string next;
  bool reconciles = connector.reconcile("", 100, believed, next).ok();
  berth_bss_verdict verdict{};
  for (const std::string& order :
       {std::string(kOrder), place->denied_order(), place->held_order(), std::string("{")}) {
    connector.check(order, verdict);
  }
  CHECK(place->trace() == before);
  std::vector<std::string> still;
  if (reconciles) CHECK(connector.reconcile("", 100, still, next).ok());
  CHECK(still == believed);
}

TEST_CASE("what is no order is refused, which is no verdict", "[bss-kit]") {
  auto place = make_place();
  Connector connector(*place);
  for (const std::string& bad :
       {std::string(), std::string("{"), std::string("[]"), std::string("null"),
        std::string(R"({"iccid":"\xFF"})"), std::string(R"({"iccid":17})")}) {
    CAPTURE(bad);
    berth_bss_verdict verdict{};
    Outcome outcome = connector.check(bad, verdict);
    CHECK(outcome.status == BERTH_INVALID_ARGUMENT);
    CHECK(outcome.reason == "bss.bad_order");
    CHECK(verdict.decision == 0);
  }
}

TEST_CASE("a host that knows shorter verdicts gets as much as it has room for", "[bss-kit]") {
  auto place = make_place();
  Connector connector(*place);
  berth_bss_verdict verdict{};
  verdict.struct_size = offsetof(berth_bss_verdict, hold_for_ms);
  verdict.hold_for_ms = 77;
  berth_bss_verdict out = verdict;
  CHECK(connector.check_into(kOrder, out).ok());
  CHECK(out.decision != 0);
  CHECK(out.hold_for_ms == 77);
  CHECK(out.struct_size == verdict.struct_size);
}
