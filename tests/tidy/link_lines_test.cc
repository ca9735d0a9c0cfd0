// Goal: a room's unit test links that room and what the room itself may include, nothing more, so
// that a hidden dependency does not link by accident.

#include <algorithm>
#include <catch2/catch.hpp>
#include <regex>
#include <set>

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

// The room and whatever it reaches along the arrows: what its library declares.
std::set<std::string> reachable(const std::map<std::string, std::vector<std::string>>& table,
                                const std::string& room) {
  std::set<std::string> rooms = {room};
  std::vector<std::string> open = {room};
  while (!open.empty()) {
    const auto row = table.find(open.back());
    open.pop_back();
    if (row == table.end()) continue;
    for (const std::string& next : row->second) {
      if (rooms.insert(next).second) open.push_back(next);
    }
  }
  return rooms;
}

}  // namespace

TEST_CASE("a room's unit test links that room and what it declares", "[tidy]") {
  const auto table = arrow_table();
  // Test material that any test may use.
  const std::vector<std::string> material = {"berth_testpki",        "berth_euicc",
                                             "berth_sample_profile", "berth_catch_main",
                                             "berth_bad_plugins",    "berth_test_postgres"};
  for (const auto& [room, unused] : table) {
    if (!room.starts_with("kernel/") || room == "kernel/host") continue;
    const SourceFile file = read_source("tests/" + room + "/CMakeLists.txt");
    const std::string text = joined(file);
    const std::regex word("berth_[a-z0-9_]+");
    std::vector<std::string> good;
    for (const std::string& other : reachable(table, room)) good.push_back(library_of(other));
    good.insert(good.end(), material.begin(), material.end());
    for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at) {
      const std::string name = at->str();
      // Commands, test programs and plugins built as data are not links.
      if (name == "berth_test" || name == "berth_executable" || name.ends_with("_test") ||
          name == "berth_add_plugin" || name == "berth_library" || name == "berth_options" ||
          name == "berth_add_rooms" || name == "berth_sdk" || name == "berth_timeout") {
        continue;
      }
      INFO("tests/" << room << "/CMakeLists.txt: " << name);
      CHECK(std::find(good.begin(), good.end(), name) != good.end());
    }
  }
}
