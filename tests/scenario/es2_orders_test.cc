// Orders as operators' systems place them over mutual TLS, and what phones then get.

#include <catch2/catch.hpp>

#include "tests/scenario/operator_system.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT
using nlohmann::json;

constexpr const char* kOtherAlphaEid = "89049032001000000000000000000209";

// One operator, alpha's, and a world it may order in.
struct Shop {
  OperatorSystem system;
  tenancy::TlsIdentity key = system.key("alpha-it");
  World world{system.options(
      json::array({OperatorSystem::allowed("alpha-it", {key}, {{"OP-ALPHA", "alpha"}})}))};
  OperatorClient alpha{system, world, key, "OP-ALPHA"};

  std::string profile() { return world.stock("alpha").text(); }
  std::string state(const std::string& iccid) {
    return world.profile_state("alpha", *Iccid::parse(iccid));
  }
};

}  // namespace

TEST_CASE("a MatchingID is the operator's, or made for it, and the phone installs by either",
          "[scenario][es2plus]") {
  Shop shop;
  const auto given = shop.alpha.order({{"iccid", shop.profile()}}, {{"matchingId", "CAMPAIGN-7"}});
  CHECK(given.at("matchingId") == "CAMPAIGN-7");
  CHECK(given.at("smdpAddress") == "rsp.alpha.example");
  shop.profile();
  const auto made = shop.alpha.order({{"profileType", "sample"}});
  CHECK(made.at("matchingId").get<std::string>().size() >= 20);
  auto phone = shop.world.phone(kAlphaEid);
  CHECK(outcome_of(*phone, activation_code(given)) == "installed");
  CHECK(outcome_of(*phone, activation_code(made)) == "installed");
  CHECK(outcome_of(*phone, activation_code(made)) == "8.2.6/3.8");
}

TEST_CASE("an order that is not released yet waits, then it is served", "[scenario][es2plus]") {
  Shop shop;
  const std::string iccid = shop.profile();
  const auto confirmed = shop.alpha.order({{"iccid", iccid}}, {{"releaseFlag", false}});
  auto phone = shop.world.phone(kAlphaEid);
  CHECK(shop.state(iccid) == "Confirmed");
  CHECK(outcome_of(*phone, activation_code(confirmed)) == "8.2/1.2");
  CHECK(shop.alpha.outcome("releaseProfile", {{"iccid", iccid}}) == "Executed-Success");
  CHECK(shop.alpha.outcome("releaseProfile", {{"iccid", iccid}}) == "8.2.1/3.5");
  CHECK(outcome_of(*phone, activation_code(confirmed)) == "installed");
  CHECK(shop.state(iccid) == "Installed");
}

TEST_CASE("an order for one card is served to no other", "[scenario][es2plus][R102]") {
  Shop shop;
  const auto confirmed = shop.alpha.order({{"iccid", shop.profile()}, {"eid", kOtherAlphaEid}});
  CHECK(confirmed.at("eid") == kOtherAlphaEid);
  auto other = shop.world.phone(kAlphaEid);
  CHECK(outcome_of(*other, activation_code(confirmed)) == "8.1.1/3.8");
  auto phone = shop.world.phone(kOtherAlphaEid);
  CHECK(outcome_of(*phone, activation_code(confirmed)) == "installed");
}

TEST_CASE("an empty MatchingID waits for the card, the oldest order first",
          "[scenario][es2plus][R102]") {
  Shop shop;
  const std::string first = shop.profile();
  const std::string second = shop.profile();
  CHECK(shop.alpha.outcome("downloadOrder", {{"iccid", first}}) == "Executed-Success");
  // Whose it is must be said by then.
  const json nobodys{{"iccid", first}, {"matchingId", ""}, {"releaseFlag", true}};
  CHECK(shop.alpha.outcome("confirmOrder", nobodys) == "8.1.1/2.2");
  json own = nobodys;
  own["eid"] = kAlphaEid;
  CHECK(shop.alpha.call("confirmOrder", own).at("matchingId") == "");
  shop.alpha.order({{"iccid", second}, {"eid", kAlphaEid}}, {{"matchingId", ""}});

  const std::string no_code = "1$rsp.alpha.example$";
  auto other = shop.world.phone(kOtherAlphaEid);
  CHECK(outcome_of(*other, no_code) == "8.1.1/3.8");
  auto phone = shop.world.phone(kAlphaEid);
  CHECK(outcome_of(*phone, no_code) == "installed");
  CHECK(shop.state(first) == "Installed");
  CHECK(shop.state(second) == "Released");
  CHECK(outcome_of(*phone, no_code) == "installed");
  CHECK(shop.state(second) == "Installed");
  CHECK(outcome_of(*phone, no_code) == "8.1.1/3.8");
}

TEST_CASE("a confirmation code over ES2+ is asked of the user", "[scenario][es2plus][R102]") {
  Shop shop;
  const auto confirmed =
      shop.alpha.order({{"iccid", shop.profile()}}, {{"confirmationCode", "4711"}});
  auto phone = shop.world.phone(kAlphaEid);
  const std::string code = activation_code(confirmed, true);
  CHECK(outcome_of(*phone, code) == "lpa.confirmation_code_missing");
  CHECK(outcome_of(*phone, code, {"1174"}) == "8.2.7/3.8");
  // The same session goes on after a wrong one.
  CHECK(outcome_of(*phone, code, {"0000", "4711"}) == "installed");
}

TEST_CASE("without an SM-DS of ours an SM-DS address is refused, and the order stays as it was",
          "[scenario][es2plus]") {
  Shop shop;
  const std::string iccid = shop.profile();
  CHECK(shop.alpha.outcome("downloadOrder", {{"iccid", iccid}, {"eid", kAlphaEid}}) ==
        "Executed-Success");
  json confirm{{"iccid", iccid}, {"smdsAddress", "lpa.ds.example"}, {"releaseFlag", true}};
  CHECK(shop.alpha.outcome("confirmOrder", confirm) == "8.9/5.1");
  CHECK(shop.state(iccid) == "Linked");
  confirm.erase("smdsAddress");
  const json confirmed = shop.alpha.call("confirmOrder", confirm);
  auto phone = shop.world.phone(kAlphaEid);
  CHECK(outcome_of(*phone, activation_code(confirmed)) == "installed");
}

TEST_CASE("a cancelled order's code is spent, its profile is in stock again or gone",
          "[scenario][es2plus]") {
  Shop shop;
  const std::string iccid = shop.profile();
  const json confirmed = shop.alpha.order({{"iccid", iccid}});
  json cancel{
      {"iccid", iccid}, {"matchingId", "ANOTHER"}, {"finalProfileStatusIndicator", "Available"}};
  CHECK(shop.alpha.outcome("cancelOrder", cancel) == "8.2.6/3.10");
  cancel["matchingId"] = confirmed.at("matchingId");
  CHECK(shop.alpha.outcome("cancelOrder", cancel) == "Executed-Success");
  CHECK(shop.state(iccid) == "Available");
  auto phone = shop.world.phone(kAlphaEid);
  CHECK(outcome_of(*phone, activation_code(confirmed)) == "8.2.6/3.8");
  const json again = shop.alpha.order({{"iccid", iccid}});
  cancel["matchingId"] = again.at("matchingId");
  cancel["finalProfileStatusIndicator"] = "Unavailable";
  CHECK(shop.alpha.outcome("cancelOrder", cancel) == "Executed-Success");
  CHECK(shop.state(iccid) == "Unavailable");
  CHECK(shop.alpha.outcome("downloadOrder", {{"iccid", iccid}}) == "8.2.1/3.3");
}

TEST_CASE("a call that is repeated is answered as the first time and done once",
          "[scenario][es2plus]") {
  Shop shop;
  shop.profile();
  shop.profile();
  const json wish{{"profileType", "sample"}};
  const json first = shop.alpha.call("downloadOrder", wish, "tx-1");
  CHECK(shop.alpha.call("downloadOrder", wish, "tx-1") == first);
  CHECK(shop.alpha.call("downloadOrder", wish, "tx-2").at("iccid") != first.at("iccid"));
  const json confirm{{"iccid", first.at("iccid")}, {"releaseFlag", true}};
  const json confirmed = shop.alpha.call("confirmOrder", confirm, "tx-3");
  CHECK(shop.alpha.call("confirmOrder", confirm, "tx-3") == confirmed);
}

TEST_CASE("without a correlation id of its own an order's events carry the first call's identifier",
          "[scenario][es2plus][R75]") {
  Shop shop;
  const std::string iccid = shop.profile();
  const std::size_t before = shop.world.events("alpha").size();
  shop.alpha.call("downloadOrder", {{"iccid", iccid}}, "bss-tx-815");
  const json confirmed =
      shop.alpha.call("confirmOrder", {{"iccid", iccid}, {"releaseFlag", true}}, "bss-tx-816");
  auto phone = shop.world.phone(kAlphaEid);
  REQUIRE(outcome_of(*phone, activation_code(confirmed)) == "installed");
  REQUIRE(phone->card().enable_profile(*Iccid::parse(iccid)).ok());
  phone->send_notifications();
  const auto events = shop.world.events("alpha");
  REQUIRE(events.size() > before + 4);
  for (std::size_t i = before; i < events.size(); ++i) {
    CAPTURE(events[i].type, events[i].body);
    CHECK(json::parse(events[i].body).at("correlationId") == "bss-tx-815");
  }
}
