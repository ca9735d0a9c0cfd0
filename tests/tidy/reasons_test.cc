// Goal: every reason slug a user can meet is explained in docs/reference/reasons/.

#include <catch2/catch.hpp>
#include <regex>
#include <set>

#include "tests/tidy/source_tree.h"

namespace {

using namespace berth::tidy;  // NOLINT: a test of its own namespace

std::set<std::string> documented() {
  std::set<std::string> slugs;
  const std::regex row("^\\| `([a-z0-9_]+\\.[a-z0-9_.]+)` \\|.*");
  for (const SourceFile& file : files_below("docs/reference/reasons", {".md"})) {
    for (const std::string& line : file.lines) {
      std::smatch match;
      if (std::regex_match(line, match, row)) slugs.insert(match[1]);
    }
  }
  return slugs;
}

}  // namespace

TEST_CASE("every reason slug in the code has its line in the reference", "[tidy]") {
  const std::set<std::string> known = documented();
  REQUIRE(known.size() > 20);
  // A slug stands in quotes as the argument after an error code.
  const std::regex use("k[A-Z][A-Za-z]+, ?\"([a-z][a-z0-9_]*\\.[a-z0-9_.]+)\"");
  for (const char* folder : {"kernel", "tools"}) {
    for (const SourceFile& file : files_below(folder, {".h", ".cc"})) {
      std::string previous;
      for (std::size_t i = 0; i < file.lines.size(); ++i) {
        // An argument list may break after the code: look at two lines together.
        const std::string& line = file.lines[i];
        const std::string text =
            previous + line.substr(std::min(line.find_first_not_of(' '), line.size()));
        for (std::sregex_iterator at(text.begin(), text.end(), use), end; at != end; ++at) {
          INFO(file.path << ":" << i + 1 << ": " << (*at)[1]);
          CHECK(known.contains((*at)[1]));
        }
        previous = line.ends_with(",") ? line + " " : std::string();
      }
    }
  }
}
