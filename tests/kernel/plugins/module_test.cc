#include "kernel/plugins/module.h"

#include <catch2/catch.hpp>

#include "tests/kernel/plugins/fixture.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::plugins;  // NOLINT
using berth::plugins::testing::bad_plugin;
using berth::plugins::testing::Fixture;
using berth::plugins::testing::reason_of;

}  // namespace

TEST_CASE_METHOD(Fixture, "a sound plugin loads and tells what it is", "[plugins]") {
  const auto module = Module::load(bad_plugin("good"), services);
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
      {"endless_provides", "plugin.provides"}};
  for (const auto& [name, reason] : defects) {
    INFO(name);
    const auto module = Module::load(bad_plugin(name), services);
    REQUIRE(reason_of(module) == reason);
    CHECK(module.error().message().find(bad_plugin(name).string()) != std::string::npos);
  }
}

TEST_CASE_METHOD(Fixture, "the refusal names what is wrong", "[plugins]") {
  const auto exports = Module::load(bad_plugin("exports_too_much"), services);
  CHECK(exports.error().message().find("shared_counter") != std::string::npos);
  const auto missing = Module::load(bad_plugin("missing_symbol"), services);
  CHECK(missing.error().message().find("a_function_nobody_has") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "a plugin may refuse its own loading", "[plugins]") {
  const auto module = Module::load(bad_plugin("fails_in_init"), services);
  REQUIRE(reason_of(module) == "test.init");
  CHECK(module.error().code() == ErrorCode::kUnavailable);
}

TEST_CASE_METHOD(Fixture, "a plugin can be loaded again after its module has gone", "[plugins]") {
  for (int round = 0; round < 3; ++round) CHECK(Module::load(bad_plugin("good"), services));
}
