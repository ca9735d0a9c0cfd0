// Goal: routes change while the host runs, as a whole, and what they decide can be proved.

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "kernel/passthrough/signed_routes.h"
#include "tests/scenario/raw_client.h"
#include "tests/scenario/world.h"
#include "tools/verify/proof_check.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT
using nlohmann::json;

json routes_of(World& world) {
  std::ifstream file(world.folder() / "routes.json");
  return json::parse(file);
}

routing::RouteVersion put_into_force(World& world, const json& document) {
  routing::RouteBook& book = world.host().routes();
  const auto proposal = book.propose(document.dump(), "test");
  REQUIRE(proposal);
  const auto done = book.activate({proposal->sha256, proposal->base, {"test"}, "", "", 0});
  INFO((done ? std::string() : done.error().message()));
  REQUIRE(done);
  return *done;
}

}  // namespace

TEST_CASE("a card that moves to another tenant is served there at once and here no more",
          "[scenario][R47][R52]") {
  World world;
  const auto before = world.order("alpha");
  json document = routes_of(world);
  json& alpha = document.at("tenantRoutes").at(0);
  json& bravo = document.at("tenantRoutes").at(1);
  REQUIRE(alpha.at("tenantId") == "alpha");
  alpha["eidPrefix"] = "89049077";
  bravo["eidPrefixes"] = {"89049032"};
  CHECK(put_into_force(world, document).number == 2);
  auto phone = world.phone(kAlphaEid);
  const auto refused = phone->download(before.activation_code);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().subject_code + "/" + refused.error().reason_code == "8.1.1/3.8");
  CHECK(phone->download(world.order("bravo").activation_code).ok());
  // And back: what was ordered stands.
  CHECK(put_into_force(world, routes_of(world)).number == 3);
  CHECK(phone->download(before.activation_code).ok());
}

TEST_CASE("a document that could not be served changes nothing", "[scenario][R52]") {
  World world;
  routing::RouteBook& book = world.host().routes();
  json document = routes_of(world);
  document.at("tenantRoutes").erase(0);
  const auto missing = book.propose(document.dump(), "test");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().reason() == "configuration.tenant_without_route");
  document = routes_of(world);
  document.at("tenantRoutes").at(0)["activationRealms"] = {"rsp.unknown.example"};
  const auto new_realm = book.propose(document.dump(), "test");
  REQUIRE_FALSE(new_realm);
  CHECK(new_realm.error().reason() == "ingress.certificate");
  CHECK(new_realm.error().message().find("tls/alpha.pem") != std::string::npos);
  CHECK(new_realm.error().message().find("rsp.unknown.example") != std::string::npos);
  CHECK(book.in_force().number == 1);
  CHECK(world.tenant("alpha").realm().text() == "rsp.alpha.example");
  CHECK_FALSE(RawClient(world.host().es9_port(), "rsp.unknown.example").connected());
  CHECK(world.phone(kAlphaEid)->download(world.order("alpha").activation_code).ok());
}

TEST_CASE("a tenant's new names are served as soon as its routes have them",
          "[scenario][R48][R52]") {
  World world;
  const auto printed = world.order("alpha");
  const RawClient standing(world.host().es9_port(), "rsp.alpha.example");
  REQUIRE(standing.connected());
  const auto connections = [&] {
    return world.tenant("alpha").limits().use(tenancy::Limit::kConnections).in_use;
  };
  world.renew_tls("alpha", {"esim.alpha.example", "shop.alpha.example"});
  json document = routes_of(world);
  json& alpha = document.at("tenantRoutes").at(0);
  alpha["activationRealm"] = "esim.alpha.example";
  alpha["activationRealms"] = {"shop.alpha.example"};
  alpha["formerRealms"] = {"rsp.alpha.example"};
  alpha["smdpEndpoint"] = "https://esim.alpha.example/gsma/rsp2";
  put_into_force(world, document);
  CHECK(connections() == 1);  // for the tenant, under whichever name it came

  const auto newer = world.order("alpha");
  CHECK(newer.activation_code.find("ESIM.ALPHA.EXAMPLE") != std::string::npos);
  std::string shop = world.order("alpha").activation_code;
  shop.replace(shop.find("ESIM"), 4, "SHOP");
  for (const std::string& code : {newer.activation_code, shop, printed.activation_code}) {
    CAPTURE(code);
    const auto report = world.phone(kAlphaEid)->download(code);
    INFO((report ? "" : report.error().message));
    CHECK(report.ok());
  }
  // Given up, a name is answered to nobody, and who asks is counted.
  alpha.erase("formerRealms");
  put_into_force(world, document);
  RawClient late(world.host().es9_port(), "rsp.alpha.example");
  REQUIRE(late.connected());
  CHECK(late.post("/gsma/rsp2/es9plus/initiateAuthentication", "{}").status == 404);
  const auto traffic = world.host().realm_traffic().report("");
  REQUIRE(traffic);
  CHECK(std::any_of(traffic->begin(), traffic->end(), [](const routing::NameTraffic& one) {
    return one.name == "rsp.alpha.example" && one.refused == 1 && one.served > 0;
  }));
}

TEST_CASE("a name that moves to another tenant takes no connection with it",
          "[scenario][R46][R52]") {
  World world;
  json document = routes_of(world);
  document.at("tenantRoutes").at(0)["activationRealms"] = {"shared.example"};
  world.renew_tls("alpha", {"shared.example"});
  put_into_force(world, document);
  RawClient before(world.host().es9_port(), "shared.example");
  REQUIRE(before.post("/gsma/rsp2/es9plus/initiateAuthentication", "{}").status == 400);
  const auto refusals = [&](const char* tenant) {
    std::uint64_t all = 0;
    for (const auto& [cause, number] :
         world.host().es9().refusal_totals(world.tenant(tenant).id())) {
      all += number;
    }
    return all;
  };
  CHECK(refusals("alpha") == 1);
  world.renew_tls("bravo", {"shared.example"});
  document = routes_of(world);
  document.at("tenantRoutes").at(1)["activationRealms"] = {"shared.example"};
  put_into_force(world, document);
  CHECK(before.post("/gsma/rsp2/es9plus/initiateAuthentication", "{}").status == 404);
  CHECK(refusals("bravo") == 0);
  RawClient after(world.host().es9_port(), "shared.example");
  CHECK(after.post("/gsma/rsp2/es9plus/initiateAuthentication", "{}").status == 400);
  CHECK(refusals("bravo") == 1);
  CHECK(refusals("alpha") == 1);
}

TEST_CASE("each version in force is written for the door, signed, also after one failed",
          "[scenario][R52][R53]") {
  WorldOptions options;
  options.host_members = R"({"es9Listen": "unix:es9.sock", "door": {"listen": "127.0.0.1:0",
      "signedRoutes": "for-door/in-force", "routesKey": "key.pem"}})";
  World world(options);
  const auto file = world.folder() / "for-door/in-force";
  CHECK_FALSE(std::filesystem::exists(file));  // nor is its folder, and the host serves
  std::filesystem::create_directory(file.parent_path());
  json document = routes_of(world);
  document.at("tenantRoutes").at(0)["eidPrefix"] = "89049077";
  put_into_force(world, document);
  const auto pem = world.host().routes().public_key_pem();
  REQUIRE(pem);
  std::ofstream(world.folder() / "key.pem") << *pem;
  const auto key = passthrough::read_route_key(world.folder() / "key.pem");
  REQUIRE(key);
  const auto second = passthrough::read_routes_in_force(file, *key);
  INFO((second ? std::string() : second.error().message()));
  REQUIRE(second);
  CHECK(second->number == 2);
  CHECK(second->statement == world.host().routes().in_force().statement);
  std::filesystem::remove(file);
  world.restart();
  const auto again = passthrough::read_routes_in_force(file, *key);
  REQUIRE(again);
  // The routes file says what it said before, which is the next version where one person may.
  CHECK(again->number == 3);
}

TEST_CASE("a running host's proof is proved without its code", "[scenario][R54]") {
  World world;
  routing::RouteBook& book = world.host().routes();
  const auto proof = book.prove();
  REQUIRE(proof);
  const auto key = book.public_key_pem();
  REQUIRE(key);
  const auto verified = verify::check_proof(*book.document(1), *proof, *key);
  INFO((verified ? std::string() : verified.error().message()));
  REQUIRE(verified);
  CHECK(verified->tenants == 2);
}
