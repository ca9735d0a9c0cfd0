#include "kernel/plugins/config_check.h"

#include <catch2/catch.hpp>

#include "tests/kernel/manifest/plugin_folder.h"
#include "tests/kernel/plugins/fixture.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::plugins;  // NOLINT
using berth::plugins::testing::bad_plugin;
using berth::plugins::testing::Fixture;
using berth::plugins::testing::reason_of;
using manifest::testing::PluginFolder;

// good.so with a schema of its configuration.
struct WithSchema : Fixture {
  PluginFolder folder;
  Registry registry{services, anyone};

  WithSchema() {
    std::filesystem::copy_file(bad_plugin("good"), folder.library());
    const std::string schema =
        R"({"type":"object","additionalProperties":false,
            "properties":{"pin":{"type":"string","maxLength":3,"description":"the PIN"}}})";
    PluginFolder::write(folder.path() / "x.schema.json", schema);
    auto manifest = folder.honest();
    manifest["config_schema"] = {{"file", "x.schema.json"},
                                 {"sha256", manifest::digits_of(sha256(as_bytes(schema)))}};
    PluginFolder::write(folder.manifest(), manifest.dump());
  }
  Result<std::shared_ptr<Instance>> start(const std::string& config) {
    return registry.instance(folder.library(), {"mvno-17", "hsm", config}, op);
  }
};

}  // namespace

TEST_CASE_METHOD(WithSchema, "a configuration is held to the plugin's schema before its code runs",
                 "[plugins]") {
  CHECK(start("{}"));
  CHECK(start(R"({"pin":"123"})"));
  const auto misspelt = start(R"({"pni":"123"})");
  REQUIRE(reason_of(misspelt) == "plugin.config");
  CHECK(misspelt.error().message().find("org.example.test (mvno-17/hsm)") != std::string::npos);
  CHECK(misspelt.error().message().find("\"pni\"") != std::string::npos);
}

TEST_CASE_METHOD(WithSchema, "a refused configuration is not repeated: it may hold a secret",
                 "[plugins]") {
  const auto too_long = start(R"({"pin":"hunter2"})");
  REQUIRE(reason_of(too_long) == "plugin.config");
  CHECK(too_long.error().message().find("pin: what stands here does not fit") != std::string::npos);
  CHECK(too_long.error().message().find("hunter2") == std::string::npos);
}
