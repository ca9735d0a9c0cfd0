// Goal: a source file without its test is noticed. Files tested through a neighbour are listed,
// with the test that covers them; the list may only shrink.

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "tests/tidy/source_tree.h"

namespace {

using namespace berth::tidy;  // NOLINT: a test of its own namespace

// "kernel/x/y.cc: tests/kernel/x/z_test.cc" lines of tests/tidy/mirrors.txt.
std::map<std::string, std::string> covered_elsewhere() {
  std::map<std::string, std::string> covered;
  for (const std::string& line : read_source("tests/tidy/mirrors.txt").lines) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("#") || colon == std::string::npos) continue;
    covered[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return covered;
}

std::string mirror_of(const std::string& path) {
  std::string mirror = "tests/" + path.substr(0, path.size() - 3) + "_test.cc";
  // A plugin keeps its sources in src/, its tests need no such folder.
  if (const std::size_t src = mirror.find("/src/"); src != std::string::npos) mirror.erase(src, 4);
  // Folders of tools and plugins may have hyphens; test folders are identifiers.
  std::replace(mirror.begin(), mirror.end(), '-', '_');
  return mirror;
}

}  // namespace

TEST_CASE("every kernel and plugin source has its test, or is listed with the one that covers it",
          "[tidy]") {
  const auto covered = covered_elsewhere();
  for (const char* folder : {"kernel", "plugins"}) {
    for (const SourceFile& file : files_below(folder, {".cc"})) {
      const auto listed = covered.find(file.path);
      INFO(file.path << ": no " << mirror_of(file.path) << " and not in tests/tidy/mirrors.txt");
      if (exists(mirror_of(file.path))) {
        INFO("it has its own test now: take it off the list");
        CHECK(listed == covered.end());
      } else {
        CHECK(listed != covered.end());
      }
    }
  }
}

TEST_CASE("the list of files tested through a neighbour names files that exist", "[tidy]") {
  for (const auto& [source, test] : covered_elsewhere()) {
    INFO(source << ": " << test);
    CHECK(exists(source));
    CHECK(exists(test));
  }
}
