#include "kernel/plugins/module.h"

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
using nlohmann::json;

// One of the test plugins, signed in a folder of its own.
struct Signed : Fixture {
  PluginFolder folder;
  manifest::SigningKey key = manifest::SigningKey::generate();
  manifest::PluginTrust trust = manifest::testing::trust_in(key);

  Signed() { std::filesystem::copy_file(bad_plugin("good"), folder.library()); }
  Result<std::shared_ptr<Module>> load_signed(const char* pointer, const json& value) {
    json manifest = folder.honest();
    if (*pointer != '\0') manifest[json::json_pointer(pointer)] = value;
    folder.sign(manifest, key);
    return load(folder.library(), trust);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a sound plugin loads and tells what it is", "[plugins]") {
  const auto module = load("good");
  REQUIRE(module);
  CHECK((*module)->id() == "org.example.test");
  CHECK((*module)->version() == "1.0.0");
  CHECK((*module)->provides() == std::vector<std::string_view>{"berth.hsm/1", "berth.storage/1"});
}

TEST_CASE_METHOD(Fixture, "each defect is refused for what it is, with the path", "[plugins]") {
  const std::vector<std::pair<std::string, std::string>> defects = {
      {"no_such_file", "plugin.not_found"},     {"no_entry", "plugin.no_entry"},
      {"entry_is_function", "plugin.no_entry"}, {"exports_too_much", "plugin.exports"},
      {"short_entry", "plugin.entry_size"},     {"missing_symbol", "plugin.load_failed"},
      {"wrong_magic", "plugin.magic"},          {"newer_major", "plugin.abi_major"},
      {"newer_minor", "plugin.abi_minor"},      {"short_struct", "plugin.struct_size"},
      {"null_slot", "plugin.null_slot"},        {"bad_id", "plugin.id"},
      {"bad_version", "plugin.version"},        {"no_provides", "plugin.provides"},
      {"endless_provides", "plugin.provides"},  {"run_path", "plugin.linkage"}};
  for (const auto& [name, reason] : defects) {
    INFO(name);
    const auto module = load(name);
    REQUIRE(reason_of(module) == reason);
    CHECK(module.error().message().find(bad_plugin(name).string()) != std::string::npos);
  }
}

TEST_CASE_METHOD(Fixture, "the refusal names what is wrong", "[plugins]") {
  const auto exports = load("exports_too_much");
  CHECK(exports.error().message().find("shared_counter") != std::string::npos);
  const auto missing = load("missing_symbol");
  CHECK(missing.error().message().find("a_function_nobody_has") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "a plugin may refuse its own loading", "[plugins]") {
  const auto module = load("fails_in_init");
  REQUIRE(reason_of(module) == "test.init");
  CHECK(module.error().code() == ErrorCode::kUnavailable);
}

TEST_CASE_METHOD(Fixture, "a plugin can be loaded again after its module has gone", "[plugins]") {
  for (int round = 0; round < 3; ++round) CHECK(load("good"));
}

TEST_CASE_METHOD(Signed, "a signed plugin loads when its code is what its manifest says",
                 "[plugins]") {
  const auto module = load_signed("", {});
  INFO((module ? "" : module.error().message()));
  REQUIRE(module);
  CHECK((*module)->plugin().signed_by() == trust.keys.front().fingerprint());
  CHECK((*module)->path() == folder.library());
}

TEST_CASE_METHOD(Signed, "a lying manifest is refused, though its signature is good", "[plugins]") {
  const std::vector<std::pair<const char*, json>> lies = {
      {"/id", "org.example.other"},
      {"/version", "1.0.1"},
      {"/provides", {"berth.hsm/1"}},
      {"/provides", {"berth.hsm/1", "berth.storage/1", "berth.health/1"}},
      {"/provides", {"berth.hsm/1", "berth.storage/2"}}};
  for (const auto& [pointer, value] : lies) {
    const auto module = load_signed(pointer, value);
    INFO(pointer);
    REQUIRE(reason_of(module) == "plugin.manifest_lies");
    CHECK(module.error().message().find(&pointer[1]) != std::string::npos);
  }
  CHECK(load_signed("/provides", {"berth.storage/1", "berth.hsm/1"}));  // their order says nothing
}

TEST_CASE_METHOD(Signed, "a plugin that cannot do without an unknown service is refused",
                 "[plugins]") {
  CHECK(load_signed("/requires", {"berth.host.clock/1", "berth.host.log/1"}));
  CHECK(load_signed("/optional", {"berth.host.telepathy/1"}));
  const auto module = load_signed("/requires", {"berth.host.telepathy/1"});
  REQUIRE(reason_of(module) == "plugin.service_missing");
  CHECK(module.error().message().find("berth.host.telepathy/1") != std::string::npos);
}

TEST_CASE_METHOD(Signed, "a signature makes no defect good", "[plugins]") {
  for (const auto& [name, reason] :
       std::vector<std::pair<std::string, std::string>>{{"exports_too_much", "plugin.exports"},
                                                        {"missing_symbol", "plugin.load_failed"},
                                                        {"newer_major", "plugin.abi_major"},
                                                        {"run_path", "plugin.linkage"}}) {
    std::filesystem::copy_file(bad_plugin(name), folder.library(),
                               std::filesystem::copy_options::overwrite_existing);
    INFO(name);
    CHECK(reason_of(load_signed("", {})) == reason);
  }
}

TEST_CASE_METHOD(Signed, "what is loaded is what was judged, not what the file has become",
                 "[plugins]") {
  folder.sign(folder.honest(), key);
  auto judged = manifest::verify_plugin(folder.library(), trust);
  REQUIRE(judged);
  PluginFolder::write(folder.library(), PluginFolder::read(bad_plugin("fails_in_init")));
  const auto module =
      Module::load(std::make_shared<manifest::VerifiedPlugin>(*std::move(judged)), services);
  CHECK(reason_of(module).empty());
}

// The system's loader knows a library by its name, and every copy's name is that of a descriptor: a
// number that is given out again.
TEST_CASE_METHOD(Fixture, "two libraries loaded one after the other are two", "[plugins]") {
  const auto first = load("good");
  REQUIRE(first);
  const berth_plugin_entry* const entry = &(*first)->entry();
  const std::filesystem::path name = (*first)->plugin().copy().path();
  {
    const auto gone = load("null_hsm_slot");
    REQUIRE(gone);
  }
  const auto next = load("fails_in_create_silently");
  REQUIRE(next);
  CHECK(&(*next)->entry() != entry);
  CHECK((*next)->plugin().copy().path() != name);
  // The second one has gone, its code is still mapped: its name is not given out again.
  CHECK(reason_of(load("wrong_magic")) == "plugin.magic");
  CHECK(reason_of(create("fails_in_create_silently")) == "plugin.misbehaved");
  CHECK(create("good"));
}
