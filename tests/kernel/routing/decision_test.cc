#include "kernel/routing/decision.h"

#include "tests/kernel/routing/book_fixture.h"

namespace berth::routing::testing {
namespace {

Facts at(const char* realm) {
  Facts facts;
  facts.realm = must(HostName::parse(realm));
  return facts;
}

}  // namespace

TEST_CASE("stages agree one after the other, and the first that does not is told",
          "[routing][R46][R47]") {
  const auto table = must(tenancy::parse_routes(document("8905"), "a"));
  Facts facts = at("rsp.alpha.example");
  facts.eid = eid("8904");
  facts.mcc_mnc = must(MccMnc::parse("23450"));
  facts.imsi = "234500000000001";
  facts.iccid = must(Iccid::parse("8944100000000000001"));
  const Explanation all = explain(table, {}, facts);
  CHECK(all.accepted);
  CHECK(all.tenant == "alpha");
  REQUIRE(all.steps.size() == 4);
  CHECK(all.steps[0].rule == "alpha: activationRealm rsp.alpha.example");
  CHECK(all.steps[1].rule == "alpha: eidPrefix 8904");
  CHECK(all.steps[2].rule == "alpha: mccMnc 23450");
  CHECK(decide(table, {}, facts).accepted());

  facts.mcc_mnc = must(MccMnc::parse("52512"));
  facts.imsi.reset();
  const Explanation foreign = explain(table, {}, facts);
  CHECK_FALSE(foreign.accepted);
  REQUIRE(foreign.steps.size() == 3);
  CHECK(foreign.steps[2].stage == "operator");
  CHECK(foreign.steps[2].rule == "bravo: mccMnc 52512");
  CHECK(foreign.steps[2].status == "8.2.6/3.8");

  facts.eid = eid("8905");
  const Explanation card = explain(table, {}, facts);
  REQUIRE(card.steps.size() == 2);
  CHECK(card.steps[1].stage == "EID");
  CHECK(card.steps[1].status == "8.1.1/3.8");

  const Explanation nobody = explain(table, {}, at("rsp.charlie.example"));
  REQUIRE(nobody.steps.size() == 1);
  CHECK(nobody.tenant.empty());
  CHECK(nobody.steps[0].status == "closed");
}

TEST_CASE("any subset of facts is explained, by whoever owns the first of them", "[routing]") {
  const auto table = must(tenancy::parse_routes(document("8905"), "a"));
  Facts facts;
  CHECK_FALSE(explain(table, {}, facts).accepted);
  facts.imsi = "525120000000001";
  const Explanation operators = explain(table, {}, facts);
  CHECK(operators.tenant == "bravo");
  CHECK(operators.accepted);
  facts.eid = eid("8904");
  const Explanation both = explain(table, {}, facts);
  CHECK(both.tenant == "alpha");
  CHECK_FALSE(both.accepted);
}

TEST_CASE("a consumer-open tenant serves what nobody manages, and is told so", "[routing]") {
  const auto table = must(tenancy::parse_routes(document("8905"), "a"));
  const Policies policies{{must(TenantId::parse("alpha")), tenancy::EidPolicy::kConsumerOpen}};
  Facts facts = at("rsp.alpha.example");
  facts.eid = eid("77");
  const Explanation told = explain(table, policies, facts);
  CHECK(told.accepted);
  CHECK(told.steps[1].rule == "alpha: consumer-open, nobody manages the card");
  CHECK_FALSE(explain(table, {}, facts).accepted);
}

}  // namespace berth::routing::testing
