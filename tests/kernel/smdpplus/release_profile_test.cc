#include "kernel/smdpplus/orders.h"
#include "tests/kernel/smdpplus/es2_support.h"

namespace berth::smdpplus::testing {

using lifecycle::ProfileState;

TEST_CASE("a released order keeps the end it had", "[smdpplus]") {
  Site site;
  const Iccid iccid = profile_in(site, ProfileState::kConfirmed);
  const UnixMs end = order_of(site, iccid).expires_ms;
  site.clock.advance(std::chrono::minutes(5));
  must(release_profile(site.tenant(), release_request(iccid)));
  CHECK(site.state(iccid) == "Released");
  CHECK(order_of(site, iccid).expires_ms == end);
}

TEST_CASE("the operator's own command releases what was ordered without", "[smdpplus]") {
  Site site;
  const OrderAnswer order = site.order([](OrderRequest& request) { request.release = false; });
  CHECK(order.state == "Confirmed");
  CHECK(site.state(order.iccid) == "Confirmed");
  const OrderCall call{"operator", "release-1", order.order_id};
  CHECK(must(release_order(site.tenant(), call)).state == "Released");
  CHECK(must(release_order(site.tenant(), call)).state == "Released");
  CHECK(say(release_order(site.tenant(), {"operator", "release-2", order.order_id})) ==
        "8.2.1/3.5");
}

}  // namespace berth::smdpplus::testing
