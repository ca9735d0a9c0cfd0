#include "kernel/smdpplus/order_end.h"

#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

OrderEnd end_by(lifecycle::ProfileInput input) {
  return {.input = input,
          .event = "downloadOrderExpired",
          .result = "FAILED",
          .result_code = "RSP-4304",
          .eid = std::nullopt,
          .attempt = 0,
          .audit = "order.expired",
          .usage = "order.expired",
          .why = "",
          .progress = std::nullopt};
}

}  // namespace

TEST_CASE("the end of an order closes it, frees an untouched profile and tells it", "[smdpplus]") {
  Site site;
  const OrderAnswer order =
      site.order([](OrderRequest& request) { request.eid = Eid::parse(kAlphaEid).value(); });
  const auto profile = *must(site.ledger().profile(order.iccid));
  auto unit = order_end_unit(site.tenant(), profile, site.order_row(order.order_id),
                             end_by(lifecycle::ProfileInput::kOrderExpired));
  REQUIRE(unit);
  const Mark before = site.mark();
  REQUIRE(std::holds_alternative<ledger::Committed>(site.ledger().commit(std::move(*unit))));
  CHECK(site.told(before) ==
        "events: downloadOrderExpired; usage: order.expired; audit: order.expired");
  const auto after = *must(site.ledger().profile(order.iccid));
  CHECK(after.state == lifecycle::ProfileState::kAvailable);
  CHECK_FALSE(after.eid.has_value());
  CHECK(after.revision == profile.revision + 1);
  CHECK_FALSE(site.order_row(order.order_id).open);
}

TEST_CASE("an end the profile's state does not allow makes no unit", "[smdpplus]") {
  Site site;
  const OrderAnswer order = site.order();
  auto profile = *must(site.ledger().profile(order.iccid));
  profile.state = lifecycle::ProfileState::kInstalled;
  CHECK_FALSE(order_end_unit(site.tenant(), profile, site.order_row(order.order_id),
                             end_by(lifecycle::ProfileInput::kOrderExpired)));
}

TEST_CASE("an attempt ends with the unit's event as its final one", "[smdpplus][R72:part]") {
  Site site;
  Phone phone(site);
  const OrderAnswer order = site.order();
  const auto answer = phone.authenticated(order.matching_id.text());
  const auto attempt = *must(site.ledger().attempt(answer.transaction_id));
  auto unit = order_end_unit(site.tenant(), *must(site.ledger().profile(order.iccid)),
                             site.order_row(order.order_id),
                             end_by(lifecycle::ProfileInput::kSessionCancelled));
  REQUIRE(unit);
  end_attempt(site.tenant(), *unit, attempt, ledger::AttemptState::kAbandoned);
  const std::string event_id = unit->event->event_id;
  REQUIRE(std::holds_alternative<ledger::Committed>(site.ledger().commit(std::move(*unit))));
  const auto ended = *must(site.ledger().attempt(answer.transaction_id));
  CHECK(ended.state == ledger::AttemptState::kAbandoned);
  CHECK(ended.final_event_id == event_id);
  CHECK(ended.ended_ms == kStart);
}

}  // namespace berth::smdpplus::testing
