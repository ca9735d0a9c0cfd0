// Goal: a download that fails is counted at the tenant it failed for, and never taken for a good
// one.

#include "tools/berth-bench/paced_run.h"

#include <catch2/catch.hpp>

namespace {

using namespace berth;         // NOLINT: a test of this room
using namespace berth::bench;  // NOLINT

constexpr std::uint16_t kNobodyListens = 1;

PacedRun run(std::vector<OpenOrder> orders, std::size_t downloads, std::vector<std::string>& told) {
  World world({.tenants = 2, .plugins = "plugins"});
  Fleet fleet(world, 1, Curve::kP256);
  Orders handed(std::move(orders));
  return run_paced(fleet, kNobodyListens, 1, handed,
                   {.downloads = downloads, .per_second = 1000, .threads = 1},
                   [&](const std::string& line) { told.push_back(line); });
}

}  // namespace

TEST_CASE("a tenant that nobody answers fails every download", "[bench]") {
  std::vector<std::string> told;
  const PacedRun result = run({{1, "8988", "A"}, {1, "8989", "B"}}, 2, told);
  CHECK(result.failed == 2);
  CHECK(result.ms.empty());
  CHECK(result.success() == 0);
  REQUIRE(told.size() == 2);
  CHECK(told[0].find("a download of tenant-002 failed: ") == 0);
}

TEST_CASE("a download without an order is a failure, not a pause", "[bench]") {
  std::vector<std::string> told;
  CHECK(run({}, 3, told).failed == 3);
  REQUIRE(told.size() == 3);
  CHECK(told[0] == "a download of tenant-002 failed: no order is left");
}

TEST_CASE("every order is handed out once", "[bench]") {
  Orders orders({{0, "8988", "A"}, {0, "8989", "B"}});
  REQUIRE(orders.next()->matching_id == "A");
  REQUIRE(orders.next()->matching_id == "B");
  CHECK(orders.next() == nullptr);
}
