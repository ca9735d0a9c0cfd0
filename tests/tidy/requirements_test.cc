// Goal: a requirement tag on a test names a requirement that exists.

#include <catch2/catch.hpp>
#include <regex>
#include <set>

#include "tests/tidy/source_tree.h"

namespace {

using namespace berth::tidy;  // NOLINT: a test of its own namespace

}  // namespace

TEST_CASE("every requirement tag stands in docs/requirements.md", "[tidy]") {
  std::set<std::string> numbers;
  const std::regex row("^\\| ([0-9]+) \\|.*");
  for (const std::string& line : read_source("docs/requirements.md").lines) {
    std::smatch match;
    if (std::regex_match(line, match, row)) numbers.insert(match[1]);
  }
  REQUIRE(numbers.size() == 158);
  const std::regex tag("\\[R([0-9]+)(:part)?\\]");
  for (const SourceFile& file : files_below("tests", {".cc"})) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      for (std::sregex_iterator at(line.begin(), line.end(), tag), end; at != end; ++at) {
        INFO(file.path << ":" << i + 1 << ": " << at->str());
        CHECK(numbers.contains((*at)[1]));
      }
    }
  }
}
