// Goal: a wrong command line is refused with the word that is wrong in it, before anything is built
// up.

#include "tools/berth-bench/arguments.h"

#include <catch2/catch.hpp>

namespace {

using namespace berth::bench;  // NOLINT: a test of this room

std::string complaint(const std::vector<std::string>& words) {
  const auto read = read_arguments(words, "/opt/berth/bin/berth-bench");
  REQUIRE_FALSE(read.ok());
  CHECK(read.error().reason() == "bench.usage");
  return read.error().message();
}

}  // namespace

TEST_CASE("a suite alone measures the build that the program is of", "[bench]") {
  const auto read = read_arguments({"downloads"}, "/opt/berth/bin/berth-bench");
  REQUIRE(read.ok());
  CHECK(read->suite == "downloads");
  CHECK(read->berthd == "/opt/berth/bin/berthd");
  CHECK(read->plugins.lexically_normal() == "/opt/berth/plugins");
  CHECK_FALSE(read->json);
  CHECK_FALSE(read->smoke);
}

TEST_CASE("options may stand before and after the suite", "[bench]") {
  const auto read = read_arguments(
      {"--json", "ledger", "--smoke", "--berthd", "/b", "--plugins", "/p"}, "berth-bench");
  REQUIRE(read.ok());
  CHECK(read->suite == "ledger");
  CHECK(read->json);
  CHECK(read->smoke);
  CHECK(read->berthd == "/b");
  CHECK(read->plugins == "/p");
}

TEST_CASE("a wrong command line is refused and says what is wrong", "[bench]") {
  CHECK(complaint({}) == "which suite?");
  CHECK(complaint({"--json"}) == "which suite?");
  CHECK(complaint({"speed"}) == "no suite speed");
  CHECK(complaint({""}) == "no suite ");
  CHECK(complaint({"ledger", "growth"}) == "one suite at a time, not ledger and growth");
  CHECK(complaint({"ledger", "--fast"}) == "no option --fast");
  CHECK(complaint({"ledger", "--berthd"}) == "--berthd needs a path");
  CHECK(complaint({"ledger", "--plugins", ""}) == "--plugins needs a path");
  CHECK(complaint({"ledger", "--postgres"}) == "--postgres needs a path");
}

TEST_CASE("help needs no suite and names them all", "[bench]") {
  const auto read = read_arguments({"--help"}, "berth-bench");
  REQUIRE(read.ok());
  CHECK(read->help);
  for (const char* suite : {"downloads", "growth", "ledger"}) {
    CHECK(usage().find(suite) != std::string::npos);
  }
}
