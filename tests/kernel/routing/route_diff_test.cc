#include "kernel/routing/route_diff.h"

#include "tests/kernel/routing/book_fixture.h"

namespace berth::routing::testing {

TEST_CASE("a difference is told by tenant, what goes before what comes", "[routing][R53]") {
  const auto before = must(tenancy::parse_routes(document("8905"), "a"));
  const auto after = must(tenancy::parse_routes(document("8906"), "b"));
  const Differences differences = diff(before, after);
  REQUIRE(differences.told.size() == 2);
  CHECK(differences.total == 2);
  CHECK_FALSE(differences.told[0].added);
  CHECK(differences.told[0].tenant == "bravo");
  CHECK(differences.told[0].what == "eidPrefix 8905");
  CHECK(differences.told[1].added);
  CHECK(differences.told[1].what == "eidPrefix 8906");
  CHECK(diff(before, before).total == 0);
}

TEST_CASE("a tenant that comes is told with everything it has", "[routing]") {
  const auto nobody = must(tenancy::RouteTable::build({}));
  const auto both = must(tenancy::parse_routes(document("8905"), "a"));
  CHECK(diff(nobody, both).total == 8);
  CHECK(diff(both, nobody).told.front().added == false);
}

}  // namespace berth::routing::testing
