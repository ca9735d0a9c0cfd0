#include "kernel/smdpplus/stock_choice.h"

#include <set>

#include "tests/kernel/smdpplus/es2_support.h"

namespace berth::smdpplus::testing {

TEST_CASE("orders by type begin at different places and find the last one", "[smdpplus]") {
  Site site;
  std::set<std::string> chosen;
  for (int i = 0; i < 8; ++i) site.stock("gold");
  for (int i = 0; i < 100; ++i) {
    chosen.insert(must(choose_profile(site.tenant(), {{}, "gold", {}})).iccid.text());
  }
  CHECK(chosen.size() >= 3);
  for (int left = 8; left > 0; --left) {
    must(download_order(site.tenant(), download_request({}, "gold")));
  }
  CHECK(say(choose_profile(site.tenant(), {{}, "gold", {}})) == "8.2.5/3.7");
}

TEST_CASE("what one card may have back is never any card's by type", "[smdpplus]") {
  Site site;
  const Iccid iccid = site.stock("gold");
  rewrite(site, iccid, [](auto& profile) { profile.eid = *Eid::parse(kAlphaEid); });
  CHECK(say(choose_profile(site.tenant(), {{}, "gold", {}})) == "8.2.5/3.7");
  CHECK(say(choose_profile(site.tenant(), {iccid, "", {}})) == "8.2.1/3.3");
  CHECK(say(choose_profile(site.tenant(), {iccid, "", *Eid::parse(kAlphaEid)})) == "ok");
}

}  // namespace berth::smdpplus::testing
