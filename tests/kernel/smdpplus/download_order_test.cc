#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "tests/kernel/smdpplus/es2_support.h"

namespace berth::smdpplus::testing {

TEST_CASE("DownloadOrder reserves: Allocated for any card, Linked for one", "[smdpplus]") {
  Site site;
  const Iccid any = site.stock();
  must(download_order(site.tenant(), download_request(any)));
  CHECK(site.state(any) == "Allocated");
  const auto order = order_of(site, any);
  CHECK(order.open);
  CHECK(order.requester == "OP-1");
  CHECK_FALSE(order.matching_id.has_value());
  CHECK_FALSE(order.default_use);
  CHECK(order.expires_ms == kStart + 60 * 60 * 1000);
  CHECK(order.correlation_id.starts_with("call-"));  // the call identifier when none is given

  const Iccid one = site.stock();
  const Eid eid = *Eid::parse(kAlphaEid);
  must(download_order(site.tenant(), download_request(one, "", eid)));
  CHECK(site.state(one) == "Linked");
  CHECK(order_of(site, one).eid == eid);
  CHECK(must(site.ledger().profile(one))->eid == eid);
}

TEST_CASE("32 orders of one type at once get 32 profiles", "[smdpplus][R96]") {
  constexpr int kOrders = 32;
  Site site;
  for (int i = 0; i < kOrders; ++i) site.stock("gold");
  std::vector<rsp::sgp22::DownloadOrder> requests;
  for (int i = 0; i < kOrders; ++i) requests.push_back(download_request({}, "gold"));
  std::vector<std::string> answers(kOrders);
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < kOrders; ++i) {
      callers.emplace_back([&, i] {
        const auto at = static_cast<std::size_t>(i);
        const auto answer = download_order(site.tenant(), requests[at]);
        answers[at] = answer ? *answer : say(answer.error());
      });
    }
  }
  std::set<std::string> iccids;
  for (const std::string& answer : answers) {
    CAPTURE(answer);
    const auto body = nlohmann::json::parse(answer, nullptr, false);
    REQUIRE(body.is_object());
    iccids.insert(body.at("iccid").get<std::string>());
  }
  CHECK(iccids.size() == kOrders);
  CHECK(answer_of(download_order(site.tenant(), download_request({}, "gold"))) == "8.2.5/3.7");
}

}  // namespace berth::smdpplus::testing
