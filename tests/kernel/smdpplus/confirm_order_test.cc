#include <nlohmann/json.hpp>

#include "tests/kernel/smdpplus/es2_support.h"

namespace berth::smdpplus::testing {
namespace {

using lifecycle::ProfileState;

nlohmann::json confirmed(Site& site, const rsp::sgp22::ConfirmOrder& request) {
  return nlohmann::json::parse(must(confirm_order(site.tenant(), request)));
}

}  // namespace

TEST_CASE("ConfirmOrder makes a code, or takes the operator's, and answers address and EID",
          "[smdpplus][R101]") {
  Site site;
  const Iccid iccid = profile_in(site, ProfileState::kLinked);
  const auto answer = confirmed(site, confirm_request(iccid));
  CHECK(answer.at("smdpAddress") == "rsp.alpha.example");
  CHECK(answer.at("eid") == kAlphaEid);
  const auto order = order_of(site, iccid);
  CHECK(answer.at("matchingId") == order.matching_id->text());
  CHECK(order.matching_id->text().size() >= 27);  // 128 bits in 5-bit letters
  CHECK(site.state(iccid) == "Released");

  auto own = confirm_request(profile_in(site, ProfileState::kAllocated), false);
  own.matching_id = "my_Token.1";
  const auto second = confirmed(site, own);
  // Outside the strict alphabet, yet a plain success.
  CHECK(second.at("header").at("functionExecutionStatus").at("status") == "Executed-Success");
  CHECK(second.at("matchingId") == "my_Token.1");
  CHECK_FALSE(second.contains("eid"));
  CHECK(site.state(own.iccid) == "Confirmed");
}

TEST_CASE("an empty MatchingID is default SM-DP+ use, and several may wait for one card",
          "[smdpplus]") {
  Site site;
  std::vector<Iccid> iccids;
  for (int i = 0; i < 2; ++i) {
    auto request = confirm_request(profile_in(site, ProfileState::kAllocated));
    request.eid = *Eid::parse(kAlphaEid);
    request.matching_id = "";
    CHECK(confirmed(site, request).at("matchingId") == "");
    iccids.push_back(request.iccid);
  }
  const auto order = order_of(site, iccids[1]);
  CHECK(order.default_use);
  CHECK(order.eid == *Eid::parse(kAlphaEid));
  CHECK(must(site.ledger().profile(iccids[1]))->eid == order.eid);
  CHECK(must(site.ledger().default_order_for(*Eid::parse(kAlphaEid)))->iccid == iccids[0]);
}

TEST_CASE("of a confirmation code only the hash of its UTF-8 text is kept", "[smdpplus][R102]") {
  Site site;
  auto request = confirm_request(profile_in(site, ProfileState::kAllocated));
  request.confirmation_code = "Grüße-4711";
  must(confirm_order(site.tenant(), request));
  CHECK(order_of(site, request.iccid).confirmation_code_sha256 ==
        sha256(as_bytes("Gr\xC3\xBC\xC3\x9F"
                        "e-4711")));
  for (const auto& record : site.audit()) {
    CHECK(record.payload->find("4711") == std::string::npos);
  }
}

TEST_CASE("an order's life begins anew when it is confirmed", "[smdpplus]") {
  Site site;
  const Iccid iccid = profile_in(site, ProfileState::kAllocated);
  site.clock.advance(std::chrono::minutes(59));
  must(confirm_order(site.tenant(), confirm_request(iccid)));
  CHECK(order_of(site, iccid).expires_ms == kStart + (59 + 60) * 60 * 1000);
}

TEST_CASE("an order that promises an SM-DS is refused and stays as it was", "[smdpplus]") {
  Site site;
  auto request = confirm_request(profile_in(site, ProfileState::kLinked));
  request.smds_address = "lpa.ds.example";
  const auto before = order_of(site, request.iccid);
  const Mark mark = site.mark();
  CHECK(answer_of(confirm_order(site.tenant(), request)) == "8.9/5.1");
  CHECK(site.told(mark) == "events: -; usage: -; audit: -");
  CHECK(order_of(site, request.iccid).revision == before.revision);
  CHECK(site.state(request.iccid) == "Linked");
}

TEST_CASE("a MatchingID taken between look and commit is in use; a made one is made again",
          "[smdpplus][R96]") {
  Site site;
  auto rival = confirm_request(profile_in(site, ProfileState::kAllocated));
  rival.matching_id = "MINE";
  auto request = confirm_request(profile_in(site, ProfileState::kAllocated));
  request.matching_id = "MINE";
  bool first = true;
  site.ledger().on_commit = [&](const ledger::Unit&) -> std::optional<ledger::Outcome> {
    if (std::exchange(first, false)) must(confirm_order(site.tenant(), rival));
    return std::nullopt;
  };
  CHECK(answer_of(confirm_order(site.tenant(), request)) == "8.2.6/3.3");
  CHECK(site.state(request.iccid) == "Allocated");
}

}  // namespace berth::smdpplus::testing
