#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/kernel/tenancy/routes_support.h"

namespace {

using namespace berth;                 // NOLINT: the tests name nearly everything in it
using namespace berth::tenancy;        // NOLINT
using namespace berth::tenancy::test;  // NOLINT
using Catch::Contains;
using nlohmann::json;

// The users' document as they write it.
constexpr std::string_view kRoutes = R"({
  "tenantRoutes": [
    {
      "tenantId": "tenant-emea-07",
      "eidPrefix": "89049032",
      "mccMnc": ["23450", "26209"],
      "activationRealm": "rsp.tenant-emea-07.example",
      "smdpEndpoint": "https://dpplus-emea-07.rsp.example/gsma/rsp2"
    },
    {
      "tenantId": "tenant-apac-02",
      "eidPrefix": "89049088",
      "mccMnc": ["52512"],
      "activationRealm": "rsp.tenant-apac-02.example",
      "smdpEndpoint": "https://dpplus-apac-02.rsp.example/gsma/rsp2"
    }
  ],
  "defaultAction": "reject"
})";

void check_users_routes(const Result<RouteTable>& table) {
  INFO(message_of(table));
  REQUIRE(table);
  REQUIRE(table->routes().size() == 2);
  const Route* emea = table->by_realm(host("rsp.tenant-emea-07.example"));
  REQUIRE(emea != nullptr);
  CHECK(emea->tenant.text() == "tenant-emea-07");
  CHECK(emea->smdp_endpoint == "https://dpplus-emea-07.rsp.example/gsma/rsp2");
  CHECK(emea->operators ==
        std::vector<OperatorClaim>{operator_identity("23450"), operator_identity("26209")});
  CHECK(table->manager_of(eid("89049088"))->tenant.text() == "tenant-apac-02");
}

Result<RouteTable> parse(const json& document) { return parse_routes(document.dump(), "r.json"); }

}  // namespace

TEST_CASE("the users' routes document loads as it stands", "[tenancy][R43]") {
  check_users_routes(parse_routes(kRoutes, "routes.json"));
}

TEST_CASE("the outside routes document loads as it stands", "[tenancy][R43]") {
  const char* folder = std::getenv("BERTH_TEST_DATA");
  if (folder == nullptr) {
    WARN("SKIPPED: BERTH_TEST_DATA is not set, so there is no outside routes.json");
    return;
  }
  std::ifstream file(std::string(folder) + "/routes.json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  check_users_routes(parse_routes(text, "routes.json"));
}

TEST_CASE("only the default action reject loads", "[tenancy][R44]") {
  json document = json::parse(kRoutes);
  const json action = GENERATE(json("accept"), json("default-tenant"), json("Reject"), json(""),
                               json(nullptr), json(0), json({{"tenant", "tenant-emea-07"}}));
  document["defaultAction"] = action;
  CHECK(reason_of(parse(document)) == "routes.default_action");
  document.erase("defaultAction");
  CHECK(reason_of(parse(document)) == "routes.invalid");
  CHECK_THAT(message_of(parse(document)), Contains("defaultAction"));
}

TEST_CASE("more prefixes and operators with GIDs load as an extension",
          "[tenancy][R43][R50:part]") {
  json document = json::parse(kRoutes);
  document["tenantRoutes"][0]["eidPrefixes"] = {"8904903300", "77"};
  document["tenantRoutes"][0]["operators"] = {
      {{"mccMnc", "52512"}, {"gid1", "0a"}},
      {{"mccMnc", "310410"}, {"gid1", "0B"}, {"gid2", "01"}}};
  const auto table = parse(document);
  REQUIRE(table);
  CHECK(table->manager_of(eid("8904903300"))->tenant.text() == "tenant-emea-07");
  CHECK(table->confirm_operator(tenant("tenant-emea-07"), operator_identity("52512", "0A")));
  CHECK(table->confirm_operator(tenant("tenant-apac-02"), operator_identity("52512", "0B")));
}

TEST_CASE("former realms of a tenant load and lead to it", "[tenancy][R46]") {
  json document = json::parse(kRoutes);
  document["tenantRoutes"][1]["formerRealms"] = {"Old.Example", "older.example"};
  const auto table = parse(document);
  INFO(message_of(table));
  REQUIRE(table);
  CHECK(table->routes()[1].former_realms ==
        std::vector{host("old.example"), host("older.example")});
  CHECK(table->by_realm(host("old.example"))->tenant.text() == "tenant-apac-02");
}

TEST_CASE("a bad member is refused with file, path and what belongs there", "[tenancy][R43]") {
  const auto [pointer, value, path] = GENERATE(table<std::string, json, std::string>({
      {"/tenantRoutes/1/eidPrefix", "8904903X", "tenantRoutes[1].eidPrefix"},
      {"/tenantRoutes/1/eidPrefix", "", "tenantRoutes[1].eidPrefix"},
      {"/tenantRoutes/1/eidPrefix", 89049032, "tenantRoutes[1].eidPrefix"},
      {"/tenantRoutes/1/eidPrefix", std::string(33, '8'), "tenantRoutes[1].eidPrefix"},
      {"/tenantRoutes/0/mccMnc/1", "2620", "tenantRoutes[0].mccMnc[1]"},
      {"/tenantRoutes/0/mccMnc/1", 26209, "tenantRoutes[0].mccMnc[1]"},
      {"/tenantRoutes/0/mccMnc/1", "26209x", "tenantRoutes[0].mccMnc[1]"},
      {"/tenantRoutes/0/mccMnc", "23450", "tenantRoutes[0].mccMnc"},
      {"/tenantRoutes/0/tenantId", "Tenant A", "tenantRoutes[0].tenantId"},
      {"/tenantRoutes/0/activationRealm", "not a name", "tenantRoutes[0].activationRealm"},
      {"/tenantRoutes/0/formerRealms", {"old.example", "not a name"}, "formerRealms[1]"},
      {"/tenantRoutes/0/formerRealms", "old.example", "tenantRoutes[0].formerRealms"},
      {"/tenantRoutes/0/smdpEndpoint", "http://plain.example/x", "tenantRoutes[0].smdpEndpoint"},
      {"/tenantRoutes/0/smdpEndpoint", "https://u@x.example/", "tenantRoutes[0].smdpEndpoint"},
      {"/tenantRoutes/0/eidPrefixs", json::array({"77"}), "tenantRoutes[0]: unknown"},
      {"/tenantRoutes/0", nullptr, "tenantRoutes[0]"},
      {"/tenantRoutes", json::object(), "tenantRoutes"},
      {"/tenantRoute", json::array(), "unknown member \"tenantRoute\""},
  }));
  json document = json::parse(kRoutes);
  document[json::json_pointer(pointer)] = value;
  const auto table = parse(document);
  CAPTURE(pointer, message_of(table));
  CHECK(reason_of(table) == "routes.invalid");
  CHECK_THAT(message_of(table), Catch::StartsWith("r.json: "));
  CHECK_THAT(message_of(table), Contains(path));
}

TEST_CASE("each missing member of a route is named", "[tenancy][R43]") {
  const std::string name =
      GENERATE("tenantId", "eidPrefix", "mccMnc", "activationRealm", "smdpEndpoint");
  json document = json::parse(kRoutes);
  document["tenantRoutes"][1].erase(name);
  CHECK(reason_of(parse(document)) == "routes.invalid");
  CHECK_THAT(message_of(parse(document)), Contains("tenantRoutes[1]") && Contains(name));
}

TEST_CASE("a member that stands twice is refused rather than the last one taken", "[tenancy]") {
  std::string text(kRoutes);
  const std::string member = "\"eidPrefix\": \"89049032\",";
  text.insert(text.find(member), "\"eidPrefix\": \"77\", ");
  const auto table = parse_routes(text, "r.json");
  CHECK(reason_of(table) == "routes.invalid");
  CHECK_THAT(message_of(table), Contains("eidPrefix") && Contains("twice"));
}

TEST_CASE("contradictions in a document name the file and both tenants", "[tenancy][R49]") {
  json document = json::parse(kRoutes);
  document["tenantRoutes"][1]["eidPrefix"] = "890490321";
  const auto table = parse(document);
  CHECK(reason_of(table) == "routes.eid_overlap");
  CHECK_THAT(message_of(table),
             Contains("r.json") && Contains("tenant-emea-07") && Contains("tenant-apac-02"));
}

TEST_CASE("a document with the most routes loads in bounded time; one more is refused",
          "[tenancy]") {
  json document = {{"tenantRoutes", json::array()}, {"defaultAction", "reject"}};
  for (std::size_t i = 0; i < kMaxRoutes; ++i) {
    const std::string number = std::to_string(100'000 + i);
    document["tenantRoutes"].push_back({{"tenantId", "t" + number},
                                        {"eidPrefix", "8904" + number},
                                        {"mccMnc", {number}},
                                        {"activationRealm", "t" + number + ".example"},
                                        {"smdpEndpoint", "https://dp.example/gsma/rsp2"}});
  }
  const auto start = std::chrono::steady_clock::now();
  CHECK(parse(document));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(30));
  document["tenantRoutes"].push_back(document["tenantRoutes"][0]);
  CHECK(reason_of(parse(document)) == "routes.invalid");
}

TEST_CASE("mutated documents are refused or loaded, and never end the program", "[tenancy]") {
  const auto seed = GENERATE(11U, 20260507U);
  CAPTURE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 1500; ++round) {
    std::string text(kRoutes);
    for (std::size_t edits = 1 + random() % 4; edits > 0 && !text.empty(); --edits) {
      const std::size_t at = random() % text.size();
      switch (random() % 4) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, random() % 40);
          break;
        case 2:
          text.insert(at, text.substr(random() % text.size(), random() % 60));
          break;
        default:
          text.insert(at, 1, "{}[]\",:\\"[random() % 8]);
      }
    }
    const auto table = parse_routes(text, "r.json");
    if (table) continue;
    REQUIRE(reason_of(table).starts_with("routes."));
    REQUIRE(message_of(table).size() < 2000);
  }
}

TEST_CASE("ranges, single EIDs, further realms and partitioned operators load",
          "[tenancy][R43][R50:part]") {
  json document = json::parse(kRoutes);
  json& emea = document["tenantRoutes"][0];
  emea["eidRanges"] = json::array(
      {{{"from", "89049077000000000000000000000000"}, {"to", "89049077000000000000000000999999"}}});
  emea["eids"] = {"89049032123451234512345678901235"};
  emea["activationRealms"] = {"RSP.Brand.Example"};
  emea["iccidRanges"] =
      json::array({{{"from", "8944100000000000000"}, {"to", "8944100000000999999"}}});
  emea["operators"] = json::array(
      {{{"mccMnc", "52512"},
        {"imsiRanges", json::array({{{"from", "525120000000000"}, {"to", "525120099999999"}},
                                    {{"from", "525120200000000"}, {"to", "525120299999999"}}})}}});
  const auto table = parse(document);
  INFO(message_of(table));
  REQUIRE(table);
  CHECK(table->by_realm(host("rsp.brand.example"))->tenant == tenant("tenant-emea-07"));
  CHECK(table->manager_of(eid("89049077"))->tenant == tenant("tenant-emea-07"));
  CHECK(table->routes()[0].operators.size() == 4);
  const auto owner = [&](const char* imsi) {
    return table->owner_of(operator_identity("52512"), {Digits::of(imsi), {}})
        ->route->tenant.text();
  };
  CHECK(owner("525120000000001") == "tenant-emea-07");
  CHECK(owner("525120100000000") == "tenant-apac-02");
  CHECK(owner("525120299999999") == "tenant-emea-07");
}

TEST_CASE("a bad range or EID is refused with its place", "[tenancy][R43]") {
  const json backwards = {{"from", "89049077000000000000000000999999"},
                          {"to", "89049077000000000000000000000000"}};
  const json other_operator = {
      {"mccMnc", "52512"},
      {"imsiRanges", json::array({{{"from", "525130000"}, {"to", "525139999"}}})}};
  const auto [pointer, value, path] = GENERATE_COPY(table<std::string, json, std::string>({
      {"/tenantRoutes/0/eidRanges", json::array({backwards}), "tenantRoutes[0].eidRanges[0]"},
      {"/tenantRoutes/0/eidRanges", json::array({{{"from", "1"}, {"to", "2"}}}), "eidRanges[0]"},
      {"/tenantRoutes/0/eidRanges", json::array({{{"from", "1"}}}), "eidRanges[0]"},
      {"/tenantRoutes/0/eids", json::array({"89049032123451234512345678901236"}), "eids[0]"},
      {"/tenantRoutes/0/eids", json::array({"8904903212345"}), "eids[0]"},
      {"/tenantRoutes/0/iccidRanges",
       json::array({{{"from", "894410000000000000"}, {"to", "8944100000000000000"}}}),
       "iccidRanges[0]"},
      {"/tenantRoutes/0/operators", json::array({other_operator}), "operators[0].imsiRanges"},
      {"/tenantRoutes/0/activationRealms", json::array({"not a name"}), "activationRealms[0]"},
  }));
  json document = json::parse(kRoutes);
  document[json::json_pointer(pointer)] = value;
  const auto table = parse(document);
  CHECK(reason_of(table) == "routes.invalid");
  CHECK_THAT(message_of(table), Contains(path));
}
