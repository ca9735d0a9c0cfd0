#include "tools/verify/routes_document.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace berth::verify {
namespace {

using nlohmann::json;

json route(const char* id, const char* mcc_mnc) {
  return {{"tenantId", id},
          {"eidPrefixes", json::array()},
          {"mccMnc", {mcc_mnc}},
          {"activationRealm", std::string("RSP.") + id + ".example."},
          {"smdpEndpoint", "https://dp.example/"}};
}

Result<RoutesDocument> read(std::initializer_list<json> routes) {
  return read_routes(json{{"tenantRoutes", routes}, {"defaultAction", "reject"}}.dump());
}

}  // namespace

TEST_CASE("a document is read by the rules that are written down", "[verify][R54:part]") {
  json a = route("a", "23450");
  a["eidPrefix"] = "8904";
  a["eidRanges"] = json::array({{{"from", std::string(32, '1')}, {"to", std::string(32, '2')}}});
  a["formerRealms"] = {"old.example"};
  json b = route("b", "52512");
  b["operators"] =
      json::array({{{"mccMnc", "23450"},
                    {"gid1", "0a"},
                    {"imsiRanges", json::array({{{"from", "234501"}, {"to", "234502"}}})}}});
  const auto document = read({a, b});
  REQUIRE(document);
  CHECK(document->realms.at("rsp.a.example") == "a");
  CHECK(document->realms.at("rsp3-old.example") == "a");
  CHECK(*document->eids.owner_of("8904" + std::string(28, '0'), "8904" + std::string(28, '9')) ==
        "a");
  const auto owner = [&](const char* gid1, std::optional<Interval> imsi) {
    const auto found = document->owner_of({"23450", gid1, "", std::move(imsi), {}});
    return found ? *found : std::string(found.error().reason());
  };
  CHECK(owner("0A", Interval{"234501", "234502"}) == "b");
  CHECK(owner("0A", Interval{"234503", "234509"}) == "a");
  CHECK(owner("", Interval{"234501", "234502"}) == "a");
  CHECK(owner("0A", Interval{"234500", "234501"}) == "verify.cell");
  CHECK(document->owner_of({"23451", "", "", {}, {}})->empty());
}

TEST_CASE("what a host would refuse the verifier refuses, too", "[verify][R54:part]") {
  CHECK(read_routes("[]").error().reason() == "verify.routes");
  CHECK(read_routes("{}").error().reason() == "verify.routes");
  CHECK(read_routes(R"({"tenantRoutes":[],"defaultAction":"accept"})").error().reason() ==
        "verify.routes");
  CHECK(read({route("a", "23450"), route("a", "23451")}).error().reason() == "verify.routes");
  json a = route("a", "23450");
  json b = route("b", "23450");
  a["eidPrefix"] = "8904";
  b["eidPrefix"] = "89";
  CHECK(read({a, b}).error().reason() == "verify.overlap");
  b.erase("eidPrefix");
  const auto both = read({a, b});
  REQUIRE(both);
  CHECK(both->owner_of({"23450", "", "", {}, {}}).error().reason() == "verify.overlap");
}

}  // namespace berth::verify
