#include <catch2/catch.hpp>

#include "tests/kernel/tenancy/routes_support.h"

namespace {

using namespace berth;                 // NOLINT: the tests name nearly everything in it
using namespace berth::tenancy;        // NOLINT
using namespace berth::tenancy::test;  // NOLINT
using Catch::Contains;

std::vector<Route> two_tenants() {
  return {route("tenant-a", {"89049032"}, {operator_identity("23450")}),
          route("tenant-b", {"89049088"}, {operator_identity("52512")})};
}

}  // namespace

TEST_CASE("a realm leads to its tenant and to no other", "[tenancy][R46]") {
  const auto table = RouteTable::build(two_tenants());
  REQUIRE(table);
  CHECK(table->by_realm(host("rsp.tenant-a.example"))->tenant == tenant("tenant-a"));
  CHECK(table->by_realm(host("RSP.Tenant-B.example.:443"))->tenant == tenant("tenant-b"));
  CHECK(table->by_realm(host("rsp3-rsp.tenant-a.example"))->tenant == tenant("tenant-a"));
  for (const char* unknown : {"tenant-a.example", "x.rsp.tenant-a.example", "localhost",
                              "rsp3-rsp3-rsp.tenant-a.example", "rsp.tenant-a.example.org"}) {
    INFO(unknown);
    CHECK(table->by_realm(host(unknown)) == nullptr);
  }
}

TEST_CASE("a table that was copied or moved still answers by itself", "[tenancy]") {
  auto built = RouteTable::build(two_tenants());
  RouteTable copy = *built;
  built = RouteTable::build({});
  CHECK(copy.by_tenant(tenant("tenant-b")) == &copy.routes()[1]);
  CHECK(copy.manager_of(eid("89049032")) == &copy.routes()[0]);
  CHECK(built->by_tenant(tenant("tenant-b")) == nullptr);
}

TEST_CASE("equal, nested and overlapping EID prefixes of two tenants are refused with both names",
          "[tenancy][R49]") {
  const auto [left, right] = GENERATE(table<std::string, std::string>(
      {{"89049032", "89049032"}, {"8904", "89049032"}, {"89049032", "8904"}, {"8", "89"}}));
  const auto table =
      RouteTable::build({route("tenant-a", {"70", left}, {}), route("tenant-c", {"71"}, {}),
                         route("tenant-b", {right, "72"}, {})});
  CHECK(reason_of(table) == "routes.eid_overlap");
  CHECK_THAT(message_of(table), Contains("tenant-a (eidPrefix " + left + ")"));
  CHECK_THAT(message_of(table), Contains("tenant-b (eidPrefix " + right + ")"));
  CHECK_THAT(message_of(table), !Contains("tenant-c"));
}

TEST_CASE("a prefix hidden behind the same tenant's longer one is still found to overlap",
          "[tenancy][R49]") {
  const auto table =
      RouteTable::build({route("tenant-a", {"89", "8904"}, {}), route("tenant-b", {"8905"}, {})});
  CHECK(reason_of(table) == "routes.eid_overlap");
}

TEST_CASE("one tenant's own prefixes may nest", "[tenancy]") {
  const auto table = RouteTable::build({route("tenant-a", {"8904", "89049032", "8904"}, {})});
  REQUIRE(table);
  CHECK(table->manager_of(eid("89049032")) != nullptr);
  CHECK(table->manager_of(eid("8904")) != nullptr);
  CHECK(table->manager_of(eid("8905")) == nullptr);
}

TEST_CASE("two tenants at one realm are refused, however it is written", "[tenancy][R50:part]") {
  const auto other = GENERATE("rsp.tenant-a.example", "RSP.TENANT-A.EXAMPLE",
                              "rsp.tenant-a.example.", "rsp3-rsp.tenant-a.example");
  Route second = route("tenant-b", {"71"}, {});
  second.activation_realm = host(other);
  const bool swapped = GENERATE(false, true);
  std::vector<Route> routes = {route("tenant-a", {"70"}, {}), second};
  if (swapped) std::swap(routes[0], routes[1]);
  const auto table = RouteTable::build(routes);
  CHECK(reason_of(table) == "routes.duplicate_realm");
  CHECK_THAT(message_of(table), Contains("tenant-a") && Contains("tenant-b"));
}

TEST_CASE("one tenant with two routes is refused", "[tenancy]") {
  Route again = route("tenant-a", {"71"}, {});
  again.activation_realm = host("other.example");
  const auto table = RouteTable::build({route("tenant-a", {"70"}, {}), again});
  CHECK(reason_of(table) == "routes.duplicate_tenant");
  CHECK_THAT(message_of(table), Contains("rsp.tenant-a.example") && Contains("other.example"));
}

TEST_CASE("one operator identity for two tenants is refused with both names",
          "[tenancy][R50:part]") {
  using Pair = std::pair<OperatorIdentity, OperatorIdentity>;
  const Pair pair =
      GENERATE(Pair{operator_identity("23450"), operator_identity("23450")},
               Pair{operator_identity("23450", "0A"), operator_identity("23450", "0a")},
               Pair{operator_identity("23450", "0A", "01"), operator_identity("23450", "0A", "01")},
               // A profile with both GIDs would belong to both tenants.
               Pair{operator_identity("23450", "0A"), operator_identity("23450", "", "01")});
  const auto table =
      RouteTable::build({route("tenant-a", {}, {operator_identity("23451"), pair.first}),
                         route("tenant-b", {}, {pair.second})});
  CHECK(reason_of(table) == "routes.operator_conflict");
  CHECK_THAT(message_of(table), Contains("tenant-a (mccMnc 23450"));
  CHECK_THAT(message_of(table), Contains("tenant-b (mccMnc 23450"));
}

TEST_CASE("brands may share an mccMnc when GIDs partition it", "[tenancy][R50:part]") {
  const auto table =
      RouteTable::build({route("network", {}, {operator_identity("23450")}),
                         route("brand-a", {}, {operator_identity("23450", "0a")}),
                         route("brand-b", {}, {operator_identity("23450", "0A", "01")})});
  REQUIRE(table);
  const auto owner_is = [&](const OperatorIdentity& identity, const char* owner) {
    for (const char* id : {"network", "brand-a", "brand-b"}) {
      INFO(id);
      CHECK(table->confirm_operator(tenant(id), identity).ok() == (std::string(id) == owner));
    }
  };
  owner_is(operator_identity("23450"), "network");
  owner_is(operator_identity("23450", "0B"), "network");
  owner_is(operator_identity("23450", "0A"), "brand-a");
  owner_is(operator_identity("23450", "0a", "02"), "brand-a");
  owner_is(operator_identity("23450", "0A", "01"), "brand-b");
}

TEST_CASE("a two-digit MNC is not a three-digit one", "[tenancy][R51]") {
  const auto table = RouteTable::build({route("tenant-a", {}, {operator_identity("31041")}),
                                        route("tenant-b", {}, {operator_identity("310410")})});
  REQUIRE(table);
  CHECK(table->confirm_operator(tenant("tenant-a"), operator_identity("31041")));
  CHECK(table->confirm_operator(tenant("tenant-b"), operator_identity("310410")));
  CHECK_FALSE(table->confirm_operator(tenant("tenant-a"), operator_identity("310410")));
  CHECK_FALSE(table->confirm_operator(tenant("tenant-b"), operator_identity("31041")));
}

TEST_CASE("a former realm leads to its tenant like the realm, by its alias too", "[tenancy][R46]") {
  Route first = route("tenant-a", {"8904"}, {operator_identity("23450")});
  first.former_realms = {host("old.example"), host("older.example")};
  const auto table =
      RouteTable::build({first, route("tenant-b", {"8905"}, {operator_identity("52512")})});
  REQUIRE(table);
  for (const char* name : {"old.example", "OLDER.example.", "rsp3-old.example"}) {
    INFO(name);
    REQUIRE(table->by_realm(host(name)) != nullptr);
    CHECK(table->by_realm(host(name))->tenant == tenant("tenant-a"));
  }
}

TEST_CASE("a former realm is no other tenant's realm, present or former", "[tenancy][R50:part]") {
  const auto [name, said] = GENERATE(table<std::string, std::string>({
      {"rsp.tenant-a.example", "activationRealm rsp.tenant-a.example"},
      {"rsp3-rsp.tenant-a.example", "activationRealm rsp.tenant-a.example"},
      {"old.example", "formerRealms old.example"},
      {"rsp3-old.example", "formerRealms old.example"},
  }));
  Route first = route("tenant-a", {"8904"}, {operator_identity("23450")});
  first.former_realms = {host("old.example")};
  Route second = route("tenant-b", {"8905"}, {operator_identity("52512")});
  second.former_realms = {host(name)};
  const auto table = RouteTable::build({first, second});
  CHECK(reason_of(table) == "routes.duplicate_realm");
  CHECK_THAT(message_of(table), Contains("tenant-a (" + said + ")") &&
                                    Contains("tenant-b (formerRealms " + name + ")"));
  // The other way round: the realm of one is what the other had.
  std::swap(second.activation_realm, second.former_realms[0]);
  CHECK(reason_of(RouteTable::build({first, second})) == "routes.duplicate_realm");
}

TEST_CASE("a realm is named once and former ones are bounded", "[tenancy]") {
  Route one = route("tenant-a", {"8904"}, {operator_identity("23450")});
  one.former_realms = {one.activation_realm};
  CHECK(reason_of(RouteTable::build({one})) == "routes.duplicate_realm");
  one.former_realms.clear();
  for (std::size_t i = 0; i < kMaxRealmsPerRoute; ++i) {
    one.former_realms.push_back(host("old-" + std::to_string(i) + ".example"));
  }
  CHECK(RouteTable::build({one}));
  one.former_realms.push_back(host("old.example"));
  CHECK(reason_of(RouteTable::build({one})) == "routes.invalid");
}

TEST_CASE("an EID of another tenant contradicts the realm, with the route that decided",
          "[tenancy][R47]") {
  const auto table = RouteTable::build(two_tenants());
  REQUIRE(table);
  const auto policy = GENERATE(EidPolicy::kManaged, EidPolicy::kConsumerOpen);
  const auto refused = table->confirm_eid(tenant("tenant-a"), policy, eid("89049088"),
                                          {{tenant("tenant-b"), EidPolicy::kManaged}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().stage == RouteRefusal::Stage::kEid);
  CHECK(refused.error().route == "tenant-b: eidPrefix 89049088");
  // The message may reach the other tenant; names of tenants do not.
  CHECK_THAT(refused.error().message, !Contains("tenant-b"));
}

TEST_CASE("an operator of another tenant contradicts the realm", "[tenancy][R47]") {
  const auto table = RouteTable::build(two_tenants());
  REQUIRE(table);
  const auto refused = table->confirm_operator(tenant("tenant-a"), operator_identity("52512"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().stage == RouteRefusal::Stage::kOperator);
  CHECK(refused.error().route == "tenant-b: mccMnc 52512");
  CHECK_THAT(refused.error().message, !Contains("tenant-b"));
}

TEST_CASE("a managed tenant serves its own cards alone", "[tenancy][R45]") {
  const auto table = RouteTable::build(two_tenants());
  REQUIRE(table);
  CHECK(table->confirm_eid(tenant("tenant-a"), EidPolicy::kManaged, eid("89049032", '9'), {}));
  const auto refused =
      table->confirm_eid(tenant("tenant-a"), EidPolicy::kManaged, eid("89049033"), {});
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().route, Contains("reject"));
  CHECK_THAT(refused.error().route, !Contains(std::string(eid("89049033").text())));
}

TEST_CASE("a consumer-open tenant serves cards that no managed tenant owns", "[tenancy]") {
  const auto table = RouteTable::build(two_tenants());
  REQUIRE(table);
  const std::map<TenantId, EidPolicy> policies = {{tenant("tenant-a"), EidPolicy::kConsumerOpen},
                                                  {tenant("tenant-b"), EidPolicy::kConsumerOpen}};
  const auto confirm = [&](const char* prefix, const auto& others) {
    return table->confirm_eid(tenant("tenant-a"), EidPolicy::kConsumerOpen, eid(prefix), others)
        .ok();
  };
  CHECK(confirm("77", policies));
  CHECK(confirm("89049088", policies));
  // A policy that is not known counts as managed.
  CHECK_FALSE(confirm("89049088", std::map<TenantId, EidPolicy>()));
}

TEST_CASE("a tenant without a route serves nobody", "[tenancy][R45]") {
  const auto table = RouteTable::build(two_tenants());
  REQUIRE(table);
  const auto policy = GENERATE(EidPolicy::kManaged, EidPolicy::kConsumerOpen);
  CHECK_FALSE(table->confirm_eid(tenant("stranger"), policy, eid("77"), {}));
  CHECK_FALSE(table->confirm_eid(tenant("stranger"), policy, eid("89049032"), {}));
  CHECK_FALSE(table->confirm_operator(tenant("stranger"), operator_identity("23450")));
}

TEST_CASE("routes out of form or bounds are refused", "[tenancy]") {
  CHECK(reason_of(RouteTable::build({route("a", {""}, {})})) == "routes.invalid");
  CHECK(reason_of(RouteTable::build({route("a", {"12a"}, {})})) == "routes.invalid");
  CHECK(reason_of(RouteTable::build({route("a", {std::string(33, '1')}, {})})) == "routes.invalid");
  CHECK(reason_of(RouteTable::build({route("a", {}, {operator_identity("23450", "0")})})) ==
        "routes.invalid");
  CHECK(reason_of(RouteTable::build({route("a", {}, {operator_identity("23450", "", "XX")})})) ==
        "routes.invalid");
  const std::vector<std::string> many(kMaxPrefixesPerRoute + 1, "1");
  CHECK(reason_of(RouteTable::build({route("a", many, {})})) == "routes.invalid");
  CHECK(reason_of(RouteTable::build(std::vector<Route>(kMaxRoutes + 1, route("a", {}, {})))) ==
        "routes.invalid");
}

TEST_CASE("two tenants share a card maker's prefix by ranges and single EIDs",
          "[tenancy][R43][R49]") {
  const auto range = [](const char* first, const char* last) {
    return DigitRange{Digits::of(eid(first)), Digits::of(eid(last, '9'))};
  };
  Route first = route("tenant-a", {}, {operator_identity("23450")});
  first.eid_ranges = {range("89049032100", "89049032199")};
  Route second = route("tenant-b", {"890490322"}, {operator_identity("52512")});
  second.eids = {eid("890490323")};
  const auto table = RouteTable::build({first, second});
  INFO(message_of(table));
  REQUIRE(table);
  const auto rule = [&](const Eid& card) {
    const auto owner = table->owner_of(card);
    return owner ? owner->route->tenant.text() + ": " + owner->rule : "reject";
  };
  CHECK(rule(eid("89049032100")) ==
        "tenant-a: eidRange 89049032100000000000000000000000-89049032199999999999999999999999");
  CHECK(rule(eid("89049032199", '9')).starts_with("tenant-a"));
  CHECK(rule(eid("89049032200")) == "tenant-b: eidPrefix 890490322");
  CHECK(rule(eid("890490323")) == "tenant-b: eid 89049032…0000");
  CHECK(rule(eid("890490323", '1')) == "reject");
  CHECK(rule(eid("890490320", '9')) == "reject");
  // One that lies in the other's range is refused, with both and the range.
  second.eids.push_back(eid("89049032150"));
  const auto refused = RouteTable::build({first, second});
  CHECK(reason_of(refused) == "routes.eid_overlap");
  CHECK_THAT(message_of(refused),
             Contains("tenant-a (eidRange 89049032100") && Contains("tenant-b (eid 89049032"));
}

TEST_CASE("a tenant answers to several realms and to no other tenant's", "[tenancy][R46]") {
  Route first = route("tenant-a", {"70"}, {operator_identity("23450")});
  first.further_realms = {host("rsp.brand.example")};
  const auto table = RouteTable::build({first});
  REQUIRE(table);
  for (const char* name : {"rsp.tenant-a.example", "RSP.brand.example", "rsp3-rsp.brand.example"}) {
    CHECK(table->by_realm(host(name)) == &table->routes()[0]);
  }
  Route second = route("tenant-b", {"71"}, {operator_identity("52512")});
  second.former_realms = {host("rsp.brand.example")};
  const auto refused = RouteTable::build({first, second});
  CHECK(reason_of(refused) == "routes.duplicate_realm");
  CHECK_THAT(message_of(refused), Contains("tenant-a (activationRealms rsp.brand.example)"));
}

TEST_CASE("an ICCID is the tenant's that was given its range", "[tenancy][R50:part]") {
  const auto range = [](const char* first, const char* last) {
    return DigitRange{Digits::of(first), Digits::of(last)};
  };
  Route first = route("tenant-a", {"70"}, {operator_identity("23450")});
  first.iccid_ranges = {range("8944100000000000000", "8944100000000999999")};
  Route second = route("tenant-b", {"71"}, {operator_identity("52512")});
  const auto table = RouteTable::build({first, second});
  REQUIRE(table);
  const auto confirm = [&](const char* id, const char* iccid) {
    return table->confirm_iccid(tenant(id), *Iccid::parse(iccid)).ok();
  };
  CHECK(confirm("tenant-a", "8944100000000000000"));
  CHECK(confirm("tenant-a", "8944100000000999999"));
  CHECK_FALSE(confirm("tenant-a", "8944100000001000000"));
  CHECK_FALSE(confirm("tenant-a", "89441000000000000000"));  // 20 digits are another number
  CHECK_FALSE(confirm("tenant-b", "8944100000000000001"));
  CHECK(confirm("tenant-b", "8944100000001000000"));
  const auto refused =
      table->confirm_iccid(tenant("tenant-b"), *Iccid::parse("8944100000000000001"));
  CHECK(refused.error().stage == RouteRefusal::Stage::kIccid);
  CHECK_THAT(refused.error().message, !Contains("tenant-a"));
  // Also when the range only tells brands apart.
  second.operators = {{operator_identity("52512"), std::nullopt,
                       range("8944100000000999999", "8944100000001999999")}};
  const auto overlap = RouteTable::build({first, second});
  CHECK(reason_of(overlap) == "routes.iccid_overlap");
  CHECK_THAT(message_of(overlap), Contains("tenant-a (8944100000000000000-8944100000000999999)") &&
                                      Contains("tenant-b (8944100000000999999"));
}

TEST_CASE("an IMSI whose MNC may have two or three digits is nobody's that two could claim",
          "[tenancy][R51]") {
  const auto table = RouteTable::build({route("tenant-a", {}, {operator_identity("31041")}),
                                        route("tenant-b", {}, {operator_identity("310410")}),
                                        route("tenant-c", {}, {operator_identity("23450")})});
  REQUIRE(table);
  const auto confirm = [&](const char* id, const char* imsi, std::size_t mnc_digits) {
    return table
        ->confirm_imsi(tenant(id), imsi, mnc_digits, "", "", *Iccid::parse("8944100000000000000"))
        .ok();
  };
  CHECK(confirm("tenant-a", "310410123456789", 2));
  CHECK_FALSE(confirm("tenant-a", "310410123456789", 3));
  CHECK(confirm("tenant-b", "310410123456789", 3));
  CHECK_FALSE(confirm("tenant-b", "310410123456789", 2));
  CHECK_FALSE(confirm("tenant-a", "310410123456789", 0));
  CHECK_FALSE(confirm("tenant-b", "310410123456789", 0));
  CHECK(confirm("tenant-a", "310411123456789", 0));
  CHECK(confirm("tenant-c", "234501234567890", 0));
  CHECK_FALSE(confirm("tenant-c", "234511234567890", 0));
}

TEST_CASE("ranges out of form are refused", "[tenancy]") {
  Route one = route("a", {}, {});
  one.eid_ranges = {{Digits::of(eid("9")), Digits::of(eid("8"))}};
  CHECK(reason_of(RouteTable::build({one})) == "routes.invalid");
  one.eid_ranges = {{Digits::of("1"), Digits::of("2")}};
  CHECK(reason_of(RouteTable::build({one})) == "routes.invalid");
  one.eid_ranges.assign(kMaxRangesPerRoute + 1, DigitRange::one(Digits::of(eid("9"))));
  CHECK(reason_of(RouteTable::build({one})) == "routes.invalid");
  const std::vector<OperatorClaim> many(kMaxClaimsPerNetwork / 2 + 1, operator_identity("23450"));
  CHECK(reason_of(RouteTable::build({route("a", {}, many), route("b", {}, many)})) ==
        "routes.invalid");
}
