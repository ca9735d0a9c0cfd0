// That a proof is complete and true is tests/tools/verify's, with another evaluator; here its form.

#include "kernel/routing/proof.h"

#include <sstream>

#include "tests/kernel/routing/book_fixture.h"

namespace berth::routing::testing {

TEST_CASE("every interval is a line, from the least to the greatest", "[routing][R54:part]") {
  const auto table = must(tenancy::parse_routes(document("8905"), "a"));
  const std::string proof = must(write_proof(table, {}, {7, "abc", 5}));
  std::istringstream input(proof);
  std::vector<nlohmann::json> eids;
  std::size_t lines = 0;
  nlohmann::json last;
  for (std::string line; std::getline(input, line);) {
    last = nlohmann::json::parse(line);
    if (lines++ == 0) CHECK(last.at("version") == 7);
    if (last.contains("eid")) eids.push_back(last);
  }
  CHECK(last.at("end") == lines - 1);
  REQUIRE(eids.size() == 4);
  CHECK(eids[0].at("eid").at(0) == std::string(32, '0'));
  CHECK(eids[0].at("manager").is_null());
  CHECK(eids[1].at("manager") == "alpha");
  CHECK(eids[2].at("manager") == "bravo");
  CHECK(eids[3].at("eid").at(1) == std::string(32, '9'));
}

}  // namespace berth::routing::testing
