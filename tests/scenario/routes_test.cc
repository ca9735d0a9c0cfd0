// Goal: routes change while the host runs, as a whole, and what they decide can be proved.

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

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
  CHECK(new_realm.error().reason() == "routes.new_realm");
  CHECK(book.in_force().number == 1);
  CHECK(world.phone(kAlphaEid)->download(world.order("alpha").activation_code).ok());
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
