#include "kernel/smdpplus/result_code.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>

namespace berth::smdpplus {

TEST_CASE("a card's error and cancel reasons keep their numbers in their bands",
          "[smdpplus][R73]") {
  CHECK(install_error_code(1) == "RSP-4101");
  CHECK(install_error_code(12) == "RSP-4112");
  CHECK(cancel_code(0) == "RSP-4200");
  CHECK(cancel_code(5) == "RSP-4205");
}

TEST_CASE("a number a card makes up never leaves its band", "[smdpplus]") {
  for (const std::uint64_t made_up : {std::uint64_t{99}, std::uint64_t{100}, std::uint64_t{127},
                                      std::numeric_limits<std::uint64_t>::max()}) {
    CHECK(install_error_code(made_up) == "RSP-4199");
    CHECK(cancel_code(made_up) == "RSP-4299");
  }
}

TEST_CASE("the registry holds every code once, in ascending order within its bands", "[smdpplus]") {
  std::map<std::string, std::string> names;
  for (const ResultEntry& entry : result_registry()) {
    CAPTURE(entry.code);
    CHECK(names.emplace(entry.code, entry.name).second);
    CHECK((entry.result == "SUCCESS" || entry.result == "FAILED" || entry.result == "CANCELLED" ||
           entry.result == "UNKNOWN"));
    CHECK_FALSE(entry.name.empty());
  }
  CHECK(names.at("RSP-4109") == "installFailedDueToIccidAlreadyExistsOnEuicc");
  CHECK(names.at("RSP-4200") == "endUserRejection");
  CHECK_FALSE(names.contains("RSP-4201"));  // postponed ends nothing
  CHECK(std::is_sorted(names.begin(), names.end()));
}

TEST_CASE("an install error is told on ES2+ as a pair, a made-up one too", "[smdpplus]") {
  CHECK(install_error_report(10).pair() == "8.1/4.8");
  CHECK(install_error_report(15).pair() == "8.2.8/1.2");
  CHECK(install_error_report(9).pair() == "8.2.1/3.3");
  CHECK(install_error_report(12345).pair() == "8.2.10/4.2");
  CHECK(install_error_report(12).message.find("PEProcessing") != std::string::npos);
}

TEST_CASE("the page lists the registry", "[smdpplus]") {
  std::ifstream file(BERTH_SOURCE_FOLDER "/docs/reference/result-codes.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  CHECK(page.find("Registry version " + std::to_string(kResultRegistryVersion)) !=
        std::string::npos);
  for (const ResultEntry& entry : result_registry()) {
    CAPTURE(entry.code, entry.pair);
    const auto line = page.find("| `" + entry.code + "` |");
    REQUIRE(line != std::string::npos);
    const std::string row = page.substr(line, page.find('\n', line) - line);
    if (!entry.pair.empty()) CHECK(row.find(entry.pair) != std::string::npos);
  }
}

TEST_CASE("the fixed codes stay outside the bands", "[smdpplus]") {
  CHECK(kResultSuccess == "RSP-2000");
  CHECK(kResultAttemptsExceeded == "RSP-4300");
  CHECK(kResultCodeAttemptsExceeded == "RSP-4301");
}

}  // namespace berth::smdpplus
