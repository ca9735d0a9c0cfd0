#include "kernel/smdpplus/orders.h"
#include "tests/kernel/smdpplus/es2_support.h"

namespace berth::smdpplus::testing {

using lifecycle::ProfileState;

TEST_CASE("a cancelled order is over, and its profile anybody's or nobody's",
          "[smdpplus][R106:part]") {
  Site site;
  const Iccid free = profile_in(site, ProfileState::kLinked);
  auto request = cancel_request(free);
  request.eid = *Eid::parse(kAlphaEid);
  must(cancel_order(site.tenant(), request));
  CHECK(site.state(free) == "Available");
  CHECK_FALSE(must(site.ledger().profile(free))->eid.has_value());
  CHECK_FALSE(order_of(site, free).open);
  CHECK(answer_of(download_order(site.tenant(), download_request(free))) == "ok");

  const Iccid gone = profile_in(site, ProfileState::kAllocated);
  must(cancel_order(site.tenant(), cancel_request(gone, false)));
  CHECK(site.state(gone) == "Unavailable");
}

TEST_CASE("an order in Error may be cancelled without the EID a card brought", "[smdpplus]") {
  Site site;
  const Iccid iccid = profile_in(site, ProfileState::kError);
  auto request = cancel_request(iccid);
  request.matching_id = order_of(site, iccid).matching_id->text();
  CHECK(answer_of(cancel_order(site.tenant(), request)) == "ok");
  CHECK(site.state(iccid) == "Available");
}

TEST_CASE("the operator's own command cancels by order id or ICCID, once", "[smdpplus][R68]") {
  Site site;
  const Iccid iccid = profile_in(site, ProfileState::kReleased);
  const std::string order_id = order_of(site, iccid).order_id;
  const OrderCall call{"operator", "cancel-1", order_id};
  const Mark before = site.mark();
  CHECK(must(cancel_order(site.tenant(), call, true)).state == "Available");
  CHECK(must(cancel_order(site.tenant(), call, true)).order_id == order_id);
  CHECK(site.events(before).size() == 1);
  CHECK(say(cancel_order(site.tenant(), call, false)) == "already_exists order.identifier_reused");
  CHECK(say(cancel_order(site.tenant(), {"operator", "cancel-2", iccid.text()}, true)) ==
        "8.2.1/3.5");
  CHECK(say(cancel_order(site.tenant(), {"operator", "cancel-3", "nothing"}, true)) ==
        "not_found order.unknown");
  CHECK(say(cancel_order(site.tenant(), {"operator", "", order_id}, true)) ==
        "invalid_argument order.identifier_invalid");
  must(download_order(site.tenant(), download_request(iccid)));
  CHECK(say(cancel_order(site.tenant(), {"operator", "cancel-4", order_id}, true)) ==
        "failed_precondition order.superseded");
  CHECK(say(cancel_order(*site.bravo.context, {"operator", "cancel-5", iccid.text()}, true)) ==
        "not_found order.unknown");
  CHECK(site.state(iccid) == "Allocated");
}

TEST_CASE("a delivery that comes between look and commit wins over the cancellation",
          "[smdpplus][R106:part]") {
  Site site;
  const Iccid iccid = profile_in(site, ProfileState::kReleased);
  auto request = cancel_request(iccid);
  request.matching_id = order_of(site, iccid).matching_id->text();
  bool first = true;
  site.ledger().on_commit = [&](const ledger::Unit&) -> std::optional<ledger::Outcome> {
    if (std::exchange(first, false)) {
      rewrite(site, iccid, [](auto& profile) { profile.state = ProfileState::kDownloaded; });
    }
    return std::nullopt;
  };
  CHECK(answer_of(cancel_order(site.tenant(), request)) == "8.2.1/3.3");
  CHECK(site.state(iccid) == "Downloaded");
}

}  // namespace berth::smdpplus::testing
