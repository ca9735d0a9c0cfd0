#include "kernel/passthrough/status.h"

#include "tests/kernel/passthrough/door_support.h"

namespace {

using namespace berth;                     // NOLINT: the tests name nearly everything in it
using namespace berth::passthrough;        // NOLINT
using namespace berth::passthrough::test;  // NOLINT

ingress::HttpRequest get(const std::string& path) {
  ingress::HttpRequest request;
  request.method = "GET";
  request.path = path;
  return request;
}

}  // namespace

TEST_CASE("the door tells what it counted, in all and for each tenant", "[passthrough][R46]") {
  const Behind behind;
  const auto door = behind.open();
  CHECK(knock(*door, kOwn).ended());
  CHECK(knock(*door, "rsp.nobody.example").ended());
  const auto answered = answer(*door, get("/v1/door"));
  CHECK(answered.status == 200);
  const json told = json::parse(answered.body);
  CHECK(told.at("accepted") == 2);
  CHECK(told.at("unknownName") == 1);
  CHECK(told.at("routesVersion") == 0);
  CHECK(told.at("routesProblem") == "");
  REQUIRE(told.at("tenants").size() == 1);
  CHECK(told.at("tenants").at(0).at("tenant") == "own");
  CHECK(told.at("tenants").at(0).at("unreachable") == 1);
  CHECK(answer(*door, get("/")).status == 404);
}
