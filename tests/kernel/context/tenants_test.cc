#include "kernel/context/tenants.h"

#include "tests/kernel/context/context_fixture.h"

namespace berth::context::testing {

TEST_CASE("a tenant is found by its id and by its realm, and by nothing else", "[context][R46]") {
  Scene scene;
  TenantContext* alpha = scene.tenants->find(must(TenantId::parse("alpha")));
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

TEST_CASE("all tenants are listed once, by name", "[context]") {
  Scene scene;
  std::vector<std::string> names;
  for (const TenantContext* tenant : scene.tenants->all()) names.push_back(tenant->id().text());
  CHECK(names == std::vector<std::string>{"alpha", "bravo", "open"});
}

}  // namespace berth::context::testing
