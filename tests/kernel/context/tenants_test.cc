#include "kernel/context/tenants.h"

#include "tests/kernel/context/context_fixture.h"

namespace berth::context::testing {

TEST_CASE("a tenant is found by its id and by its realm, and by nothing else", "[context][R46]") {
  Scene scene;
  const auto alpha = scene.tenants->find(must(TenantId::parse("alpha")));
  REQUIRE(alpha != nullptr);
  CHECK(scene.tenants->by_realm(must(HostName::parse("rsp.alpha.example"))) == alpha);
  CHECK(scene.tenants->by_realm(must(HostName::parse("RSP.Alpha.Example."))) == alpha);
  CHECK(scene.tenants->find(must(TenantId::parse("charlie"))) == nullptr);
  for (const char* unknown : {"rsp.charlie.example", "example", "alpha.example", "localhost"}) {
    CHECK(scene.tenants->by_realm(must(HostName::parse(unknown))) == nullptr);
  }
}

TEST_CASE("a realm whose tenant is not running is nobody's", "[context]") {
  Scene scene;
  const Tenants empty(scene.routes);
  CHECK(empty.by_realm(must(HostName::parse("rsp.alpha.example"))) == nullptr);
  CHECK(empty.all().empty());
}

TEST_CASE("who holds a context goes on with its routes while others get the new ones",
          "[context][R52]") {
  Scene scene;
  const Eid card = must(Eid::parse("89049032" + std::string(24, '0')));
  const auto before = scene.tenants->by_realm(must(HostName::parse("rsp.alpha.example")));
  const auto next = std::make_shared<const tenancy::RouteTable>(must(tenancy::RouteTable::build(
      {route("alpha", "89049077", "00104"), route("bravo", "89049032", "00102"),
       route("open", "89049099", "00103")})));
  scene.tenants->reroute(next, scene.policies);
  const auto after = scene.tenants->by_realm(must(HostName::parse("rsp.alpha.example")));
  // One table for everything one context is asked.
  CHECK(before->confirm(card).ok());
  CHECK(before->confirm(tenancy::OperatorIdentity{must(MccMnc::parse("00101")), "", ""}).ok());
  CHECK(before->confirm_address("old.alpha.example").ok());
  CHECK_FALSE(after->confirm(card).ok());
  CHECK_FALSE(after->confirm(tenancy::OperatorIdentity{must(MccMnc::parse("00101")), "", ""}).ok());
  CHECK_FALSE(after->confirm_address("old.alpha.example").ok());
  CHECK(scene.tenants->find(must(TenantId::parse("bravo")))->confirm(card).ok());
  CHECK(scene.tenants->routes() == next);
  CHECK(&before->ledger() == &after->ledger());
  CHECK(&before->limits() == &after->limits());  // what is counted goes on
}

TEST_CASE("all tenants are listed once, by name", "[context]") {
  Scene scene;
  std::vector<std::string> names;
  for (const auto& tenant : scene.tenants->all()) names.push_back(tenant->id().text());
  CHECK(names == std::vector<std::string>{"alpha", "bravo", "open"});
}

}  // namespace berth::context::testing
