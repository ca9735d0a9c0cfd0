// Goal: an include that points against the arrow table fails with file and line.

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/tidy/source_tree.h"

namespace {

using namespace berth::tidy;  // NOLINT: a test of its own namespace

// The path between quotes of an #include "…" line; empty for others.
std::string own_include(const std::string& line) {
  constexpr std::string_view kStart = "#include \"";
  if (!line.starts_with(kStart)) return {};
  return line.substr(kStart.size(), line.find('"', kStart.size()) - kStart.size());
}

std::vector<SourceFile> all_sources() {
  std::vector<SourceFile> all;
  for (const char* folder : {"sdk", "kernel", "plugins", "tools"}) {
    for (auto& file : files_below(folder, {".h", ".cc", ".c"})) all.push_back(std::move(file));
  }
  return all;
}

bool names_a_room(const std::string& include) {
  return include.starts_with("kernel/") || include.starts_with("plugins/") ||
         include.starts_with("tools/") || include.starts_with("tests/") ||
         include.starts_with("berth/") || include.starts_with("kit/");
}

}  // namespace

TEST_CASE("every include follows the arrow table of kernel/README.md", "[tidy]") {
  const auto table = arrow_table();
  REQUIRE(table.size() > 15);
  std::size_t checked = 0;
  for (const SourceFile& file : all_sources()) {
    const std::string from = room_of(table, file.path);
    INFO(file.path << " lies in no room of the table");
    REQUIRE(!from.empty());
    const auto& allowed = table.at(from);
    if (std::find(allowed.begin(), allowed.end(), "everything") != allowed.end()) continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string include = own_include(file.lines[i]);
      if (include.empty() || !names_a_room(include)) continue;
      const std::string to = include.starts_with("berth/") ? "sdk"
                             : include.starts_with("kit/") ? "sdk/kit"
                                                           : room_of(table, include);
      ++checked;
      // A plugin's own files are its own room, not its neighbours'.
      const bool own_plugin = from == "plugins" && to == "plugins" &&
                              include.starts_with(file.path.substr(0, file.path.rfind('/')));
      const bool good = (to == from && from != "plugins") || own_plugin ||
                        std::find(allowed.begin(), allowed.end(), to) != allowed.end();
      INFO(file.path << ":" << i + 1 << ": " << from << " may not include " << include);
      CHECK(good);
    }
  }
  CHECK(checked > 200);
}

TEST_CASE("libraries that cost compile time or bind a vendor stay in their rooms", "[tidy]") {
  struct Rule {
    std::string_view include;
    std::vector<std::string> rooms;  // where it may stand
    bool headers;                    // also in headers there?
  };
  const std::vector<Rule> rules = {
      {"#include <soci/", {"kernel/ledger/"}, true},
      {"#include <sqlite3.h>", {"kernel/ledger/"}, true},
      {"#include <boost/dll", {"kernel/plugins/"}, false},
      {"#include <nlohmann/json.hpp>",
       {"kernel/", "plugins/", "sdk/kit/", "sdk/template/", "tools/"},
       false},
      {"#include <Poco/", {"kernel/ingress/", "kernel/host/", "tools/"}, true},
      {"#include <valijson/", {"kernel/documents/"}, false},
      {"#include <catch2/", {"sdk/kit/"}, true},
  };
  for (const SourceFile& file : all_sources()) {
    const bool header = file.path.ends_with(".h");
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      for (const Rule& rule : rules) {
        if (!file.lines[i].starts_with(rule.include)) continue;
        const bool room = std::any_of(rule.rooms.begin(), rule.rooms.end(), [&](const auto& name) {
          return file.path.starts_with(name);
        });
        INFO(file.path << ":" << i + 1 << ": " << file.lines[i]);
        CHECK(room);
        CHECK((rule.headers || !header));
      }
    }
  }
}
