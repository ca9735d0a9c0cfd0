// Goal: a room's unit test links that room and what the room itself may include, nothing more, so
// that a hidden dependency does not link by accident.

#include <algorithm>
#include <catch2/catch.hpp>
#include <regex>

#include "tests/tidy/source_tree.h"

namespace {

using namespace berth::tidy;  // NOLINT: a test of its own namespace

// "kernel/rsp/der" → "berth_rsp_der".
std::string library_of(const std::string& room) {
  std::string name = "berth_" + room.substr(room.find('/') + 1);
  std::replace(name.begin(), name.end(), '/', '_');
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::string joined(const SourceFile& file) {
  std::string text;
  for (const std::string& line : file.lines) text += line.substr(0, line.find('#')) + " ";
  return text;
}

}  // namespace

TEST_CASE("a room's unit test links that room and what it declares", "[tidy]") {
  const auto table = arrow_table();
  // Test material that any test may use.
  const std::vector<std::string> material = {"berth_testpki", "berth_catch_main"};
  for (const auto& [room, allowed] : table) {
    if (!room.starts_with("kernel/") || room == "kernel/host") continue;
    const SourceFile file = read_source("tests/" + room + "/CMakeLists.txt");
    const std::string text = joined(file);
    const std::regex word("berth_[a-z_]+");
    std::vector<std::string> good = {library_of(room)};
    for (const std::string& other : allowed) good.push_back(library_of(other));
    good.insert(good.end(), material.begin(), material.end());
    for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at) {
      const std::string name = at->str();
      // Commands, test programs and plugins built as data are not links.
      if (name == "berth_test" || name == "berth_executable" || name.ends_with("_test") ||
          name == "berth_add_plugin" || name == "berth_library" || name == "berth_options" ||
          name == "berth_add_rooms" || name == "berth_sdk") {
        continue;
      }
      INFO("tests/" << room << "/CMakeLists.txt: " << name);
      CHECK(std::find(good.begin(), good.end(), name) != good.end());
    }
  }
}
