#include "kernel/passthrough/directory.h"

#include "tests/kernel/passthrough/door_support.h"

namespace {

using namespace berth;                     // NOLINT: the tests name nearly everything in it
using namespace berth::passthrough;        // NOLINT
using namespace berth::passthrough::test;  // NOLINT

}  // namespace

TEST_CASE("a realm leads to where its tenant is served", "[passthrough][R46]") {
  const Behind behind;
  const auto directory = behind.directory();
  const auto own = directory->find(kOwn);
  REQUIRE(own);
  CHECK(own->tenant == "own");
  CHECK(own->endpoint.socket == behind.socket("own"));
  CHECK(own->proxy_header);
  const auto far = directory->find(kFar);
  REQUIRE(far);
  CHECK(far->endpoint.socket == behind.socket("far"));
  CHECK_FALSE(far->proxy_header);
  const auto shared = directory->find(kShared);
  REQUIRE(shared);
  CHECK(shared->endpoint.socket == behind.socket("shared"));
  CHECK(shared->proxy_header);
}

TEST_CASE("a realm is found in every spelling of it, and nothing else is", "[passthrough][R46]") {
  const Behind behind;
  const auto directory = behind.directory();
  for (const char* name : {"RSP.own.EXAMPLE", "rsp.own.example.", "rsp3-rsp.own.example"}) {
    CHECK(directory->find(name).has_value());
  }
  for (const char* name :
       {"", "own.example", "rsp.own.example:443", "rsp.nobody.example", "127.0.0.1", "rsp.own\n"}) {
    CHECK_FALSE(directory->find(name).has_value());
  }
}

TEST_CASE("a host that listens everywhere is reached on this machine", "[passthrough]") {
  const Behind behind;
  behind.directory();
  json host = tenancy::test::host_json();
  host["tenants"] = "tenants";
  const std::pair<const char*, const char*> addresses[] = {{"0.0.0.0:8443", "127.0.0.1:8443"},
                                                           {"[::]:8443", "[::1]:8443"},
                                                           {"192.0.2.1:1", "192.0.2.1:1"},
                                                           {"[2001:db8::1]:1", "[2001:db8::1]:1"}};
  for (const auto& [listen, reached] : addresses) {
    host["es9Listen"] = listen;
    const auto loaded = tenancy::load_configuration(behind.folder.write("host.json", host));
    REQUIRE(loaded);
    CHECK(to_string(Directory(*loaded).find(kShared)->endpoint) == reached);
  }
}
