#include "kernel/smdpplus/order_steps.h"

#include "tests/kernel/smdpplus/es2_support.h"

namespace berth::smdpplus::testing {

using lifecycle::ProfileInput;
using lifecycle::ProfileState;

TEST_CASE("a profile goes through several inputs as one change of its row", "[smdpplus]") {
  Site site;
  const auto from = *must(site.ledger().profile(site.stock()));
  const auto next = advance(from, {ProfileInput::kOrder, ProfileInput::kConfirmAndRelease});
  REQUIRE(next.ok());
  CHECK(next->state == ProfileState::kReleased);
  CHECK(next->revision == from.revision + 1);
  const auto refused = advance(from, {ProfileInput::kOrder, ProfileInput::kRelease});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error() == lifecycle::ProfileRefusal::kNotReleased);
}

TEST_CASE("a made token is long and never of the reserved form", "[smdpplus][R101]") {
  SystemRandom random;
  for (int i = 0; i < 200; ++i) {
    const auto token = new_matching_id(random);
    CHECK(token.text().size() >= 27);
    CHECK_FALSE(token.text().starts_with("ACR-"));
  }
}

TEST_CASE("a profile that names an order that is not there is damage", "[smdpplus]") {
  Site site;
  const Iccid iccid = site.stock();
  rewrite(site, iccid, [](auto& profile) {
    profile.state = ProfileState::kAllocated;
    profile.order_id = "00000000-0000-4000-8000-000000000000";
  });
  CHECK(answer_of(release_profile(site.tenant(), release_request(iccid))) ==
        "data_loss ledger.profile_without_order");
}

TEST_CASE("foreign and unmanaged cards are refused in the same words", "[smdpplus][R7:part]") {
  Site site;
  CHECK(check_eid(site.tenant(), std::nullopt).ok());
  CHECK(check_eid(site.tenant(), *Eid::parse(kAlphaEid)).ok());
  const auto foreign = check_eid(site.tenant(), *Eid::parse(kBravoEid));
  const auto nobodys = check_eid(site.tenant(), *Eid::parse("89033023000000000000000000000165"));
  REQUIRE_FALSE(foreign.ok());
  REQUIRE_FALSE(nobodys.ok());
  CHECK(std::get<rsp::RspError>(foreign.error()).message ==
        std::get<rsp::RspError>(nobodys.error()).message);
  CHECK(say(foreign) == say(nobodys));
}

}  // namespace berth::smdpplus::testing
