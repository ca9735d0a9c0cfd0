#include "tools/berthctl/plugin_watch.h"

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "kernel/base/digest.h"
#include "kernel/manifest/manifest.h"

using namespace berth;
using namespace berth::berthctl;
namespace fs = std::filesystem;

namespace {

struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "berth-watch-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { fs::remove_all(path); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name, std::ios::binary) << text;
  }
  void write_manifest(const std::string& code) const {
    const nlohmann::json manifest = {
        {"manifest", 1},
        {"id", "example.store"},
        {"kind", "storage"},
        {"version", "1.0.0"},
        {"vendor", {{"name", "Example"}}},
        {"library",
         {{"file", "store.so"},
          {"sha256", manifest::digits_of(sha256(as_bytes(code)))},
          {"machine", manifest::this_machine()}}},
        {"abi", {{"major", 1}, {"minor_min", 0}}},
        {"provides", {"berth.storage/1"}},
        {"requires", nlohmann::json::array()},
        {"optional", nlohmann::json::array()},
        {"isolation", {{"in_process", "supported"}, {"network", "none"}, {"filesystem", "none"}}}};
    write("store.manifest.json", manifest.dump());
  }
  void build(const std::string& code) const {
    write("store.so", code);
    write_manifest(code);
  }
  fs::path path;
};

}  // namespace

TEST_CASE("a plugin built anew is told once, and what was there is not news", "[berthctl]") {
  const Folder folder;
  folder.build("one");
  auto watch = PluginWatch::begin(folder.path);
  REQUIRE(watch);
  CHECK(watch->changed().empty());
  folder.build("two");
  const auto changed = watch->changed();
  REQUIRE(changed.size() == 1);
  CHECK(changed.front().id == "example.store");
  CHECK(changed.front().library == folder.path / "store.so");
  CHECK(changed.front().sha256 == manifest::digits_of(sha256(as_bytes("two"))));
  CHECK(watch->changed().empty());
  folder.build("one");
  CHECK(watch->changed().size() == 1);
}

TEST_CASE("a build that has not ended is waited for", "[berthctl]") {
  const Folder folder;
  auto watch = PluginWatch::begin(folder.path);
  REQUIRE(watch);
  folder.write("store.so", "one");
  CHECK(watch->changed().empty());  // no manifest
  folder.write("store.manifest.json", R"({"manifest": 1, "id")");
  CHECK(watch->changed().empty());  // half of one
  folder.write_manifest("two");
  CHECK(watch->changed().empty());  // one of another library
  folder.write("store.so", "two");
  CHECK(watch->changed().size() == 1);
  fs::remove(folder.path / "store.so");
  CHECK(watch->changed().empty());
}

TEST_CASE("only a folder can be watched", "[berthctl]") {
  const auto watch = PluginWatch::begin("/no/such/folder");
  REQUIRE_FALSE(watch);
  CHECK(watch.error().reason() == "berthctl.file");
}
