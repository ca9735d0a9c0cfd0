#include "kernel/manifest/manifest.h"

#include <catch2/catch.hpp>

#include "tests/kernel/manifest/plugin_folder.h"

namespace {

using namespace berth;                     // NOLINT
using namespace berth::manifest;           // NOLINT
using namespace berth::manifest::testing;  // NOLINT
using Catch::Contains;
using nlohmann::json;

json whole() {
  json manifest = PluginFolder().honest();
  manifest["$schema"] = "https://berth.example/plugin-manifest.schema.json";
  manifest["vendor"] = {{"name", "Acme"}, {"contact", "plugins@acme.example"}};
  manifest["requires"] = {"berth.host.clock/1"};
  manifest["optional"] = {"berth.host.log/1"};
  manifest["threading"] = {{"max_concurrency", 32}};
  manifest["isolation"] = {
      {"in_process", "supported"}, {"network", "none"}, {"filesystem", "config"}};
  manifest["metrics"] = {"acme_retries_total"};
  manifest["config_schema"] = {{"file", "x.config.schema.json"}, {"sha256", std::string(64, 'a')}};
  manifest["docs"] = "README.md";
  return manifest;
}

std::string reason_with(const char* pointer, const json& value) {
  json manifest = whole();
  manifest[json::json_pointer(pointer)] = value;
  return reason_of(parse_manifest(manifest.dump(), "x"));
}

}  // namespace

TEST_CASE("a manifest is read with all its members", "[manifest]") {
  const auto read = parse_manifest(whole().dump(), "x");
  INFO(message_of(read));
  REQUIRE(read);
  CHECK(read->id == "org.example.test");
  CHECK(read->kind == "hsm");
  CHECK(read->version == "1.0.0");
  CHECK(read->library.file == "x.so");
  CHECK(read->library.sha256 == sha256({}));
  CHECK(read->machine == this_machine());
  CHECK(read->abi_major == 1);
  CHECK(read->provides == std::vector<std::string>{"berth.hsm/1", "berth.storage/1"});
  CHECK(read->needs == std::vector<std::string>{"berth.host.clock/1"});
  CHECK(read->optional == std::vector<std::string>{"berth.host.log/1"});
  CHECK(read->max_concurrency == 32);
  CHECK(read->config_schema->file == "x.config.schema.json");
  CHECK(read->config_schema->sha256.front() == 0xAA);
}

TEST_CASE("what is no manifest is refused with its place", "[manifest]") {
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[]"), std::string("null"),
        std::string("\xFF"), std::string(100'000, '['), std::string("{\"manifest\":1}")}) {
    CHECK(reason_of(parse_manifest(text, "x")) == "plugin.manifest");
  }
  json misspelt = whole();
  misspelt["requires_"] = json::array();
  CHECK_THAT(message_of(parse_manifest(misspelt.dump(), "/p/x.manifest.json")),
             Contains("/p/x.manifest.json") && Contains("unknown member \"requires_\""));
  const std::string twice = R"({"id":"a","id":"b"})";
  CHECK_THAT(message_of(parse_manifest(twice, "x")), Contains("twice"));
}

TEST_CASE("every member of a manifest has its range", "[manifest]") {
  const std::vector<std::pair<const char*, json>> wrong = {
      {"/manifest", 2},
      {"/id", "Acme"},
      {"/id", ""},
      {"/id", std::string(129, 'a')},
      {"/kind", "console"},
      {"/version", "1 0"},
      {"/library/file", "../x.so"},
      {"/library/file", "/x.so"},
      {"/library/sha256", std::string(64, 'A')},
      {"/library/sha256", std::string(63, 'a')},
      {"/library/machine", "x86_64"},
      {"/abi/major", 0},
      {"/abi/major", "1"},
      {"/abi/minor_min", -1},
      {"/provides", json::array()},
      {"/provides", {"berth.hsm/1", "berth.hsm/1"}},
      {"/provides", {"berth.hsm"}},
      {"/provides", json(std::vector<std::string>(65, "berth.hsm/1"))},
      {"/requires", "berth.host.log/1"},
      {"/threading/max_concurrency", 0},
      {"/isolation/network", "some"},
      {"/config_schema/file", "a/b.json"},
      {"/extra", true}};
  for (const auto& [pointer, value] : wrong) {
    INFO(pointer << " " << value);
    CHECK(reason_with(pointer, value) == "plugin.manifest");
  }
}

TEST_CASE("a kind wants an interface of its own", "[manifest]") {
  CHECK(reason_with("/kind", "storage").empty());
  CHECK(reason_with("/kind", "bss") == "plugin.kind");
  CHECK(reason_with("/provides", {"berth.health/1"}) == "plugin.kind");
  CHECK(reason_with("/provides", {"berth.hsmx/1"}) == "plugin.kind");
  CHECK(reason_with("/provides", {"berth.hsm.import/1"}).empty());
}
