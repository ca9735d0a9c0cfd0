#include "kernel/context/tenant_context.h"

#include "tests/kernel/context/context_fixture.h"

namespace berth::context::testing {
namespace {

using tenancy::RouteRefusal;

Eid eid(const std::string& prefix) {
  return must(Eid::parse(prefix + std::string(32 - prefix.size(), '0')));
}

}  // namespace

TEST_CASE("a context is one tenant's parts and no other's", "[context][R6:part]") {
  Scene scene;
  TenantContext& alpha = scene.at("alpha");
  CHECK(alpha.id().text() == "alpha");
  CHECK(alpha.realm().text() == "rsp.alpha.example");
  CHECK(alpha.configuration().display_name == "alpha");
  CHECK(alpha.ledger().tenant() == alpha.id());
  CHECK(&alpha.ledger() != &scene.at("bravo").ledger());
  const Bytes sealed = alpha.vault().seal("purpose", Bytes{1, 2, 3});
  CHECK(alpha.vault().unseal("purpose", sealed).ok());
  CHECK_FALSE(scene.at("bravo").vault().unseal("purpose", sealed).ok());
}

TEST_CASE("an EID outside the tenant's route is refused, never re-routed", "[context][R45][R47]") {
  Scene scene;
  CHECK(scene.at("alpha").confirm(eid("89049032")).ok());
  for (const char* foreign : {"89049088", "89049099", "89049033", "0"}) {
    INFO(foreign);
    const auto refused = scene.at("alpha").confirm(eid(foreign));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().stage == RouteRefusal::Stage::kEid);
    CHECK_FALSE(refused.error().message.empty());
  }
}

TEST_CASE("a consumer-open tenant serves every card but those another tenant manages",
          "[context][R45]") {
  Scene scene;
  CHECK(scene.at("open").confirm(eid("89049099")).ok());
  CHECK(scene.at("open").confirm(eid("89033")).ok());
  CHECK_FALSE(scene.at("open").confirm(eid("89049032")).ok());
}

TEST_CASE("an operator identity belongs to one tenant", "[context][R51]") {
  Scene scene;
  const auto identity = [](const char* plmn) {
    return tenancy::OperatorIdentity{must(MccMnc::parse(plmn)), "", ""};
  };
  CHECK(scene.at("alpha").confirm(identity("00101")).ok());
  for (const char* foreign : {"00102", "001010", "26299"}) {
    const auto refused = scene.at("alpha").confirm(identity(foreign));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().stage == RouteRefusal::Stage::kOperator);
  }
}

TEST_CASE("the address a device names must be this tenant's realm", "[context][R46][R48]") {
  Scene scene;
  for (const char* own : {"rsp.alpha.example", "RSP.ALPHA.EXAMPLE", "rsp.alpha.example.",
                          "rsp.alpha.example:443", "rsp3-rsp.alpha.example"}) {
    INFO(own);
    const auto confirmed = scene.at("alpha").confirm_address(own);
    CHECK(confirmed.ok() == (std::string(own) != "rsp3-rsp.alpha.example" ||
                             scene.routes->by_realm(must(HostName::parse(own))) != nullptr));
  }
  // Profiles installed before the realm changed name the old one for life.
  CHECK(scene.at("alpha").confirm_address("old.alpha.example").ok());
  CHECK(scene.at("alpha").confirm_address("rsp3-OLD.alpha.example").ok());
  CHECK_FALSE(scene.at("bravo").confirm_address("old.alpha.example").ok());
  for (const char* other : {"rsp.bravo.example", "alpha.example", "", "no such name", "10.0.0.1",
                            "rsp.alpha.example.evil.example"}) {
    INFO(other);
    const auto refused = scene.at("alpha").confirm_address(other);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().stage == RouteRefusal::Stage::kRealm);
    CHECK(refused.error().route == "alpha: activationRealm rsp.alpha.example");
  }
}

}  // namespace berth::context::testing
