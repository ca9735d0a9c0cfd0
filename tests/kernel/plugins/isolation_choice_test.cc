// Goal: a plugin runs where its manifest and its binding say, and never nearer than it may.

#include "kernel/plugins/isolation_choice.h"

#include <signal.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "kernel/plugins/hsm_adapter.h"
#include "tests/kernel/plugins/fixture.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::plugins;  // NOLINT
using berth::plugins::testing::bad_plugin;
using berth::plugins::testing::reason_of;
namespace fs = std::filesystem;

struct Fixture : berth::plugins::testing::Fixture {
  Fixture() { fs::create_directories(folder); }
  ~Fixture() { fs::remove_all(folder); }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  // An unsigned copy of the control with a manifest that says this of its isolation.
  fs::path plugin(const nlohmann::json& isolation) {
    const fs::path library = folder / "good.so";
    fs::copy_file(bad_plugin("good"), library, fs::copy_options::overwrite_existing);
    const auto copy = *manifest::SealedCopy::of(library);
    nlohmann::json text{{"manifest", 1},
                        {"id", "org.example.test"},
                        {"kind", "hsm"},
                        {"version", "1.0.0"},
                        {"library",
                         {{"file", "good.so"},
                          {"sha256", manifest::digits_of(sha256(copy.octets()))},
                          {"machine", manifest::this_machine()}}},
                        {"abi", {{"major", 1}, {"minor_min", 0}}},
                        {"provides", {"berth.hsm/1", "berth.storage/1"}},
                        {"isolation", isolation}};
    std::ofstream(manifest::manifest_path(library)) << text.dump();
    return library;
  }
  bool apart(const fs::path& library, Isolation wanted) {
    return *runs_apart(*manifest::verify_plugin(library, anyone), wanted, false);
  }
  Registry registry(bool lenient = false) {
    return {services, anyone, {}, IsolationPolicy{BERTH_PLUGIN_HOST, lenient, [](const auto&) {}}};
  }

  fs::path folder = fs::temp_directory_path() / ("berth-choice-" + std::to_string(::getpid()));
};

}  // namespace

TEST_CASE_METHOD(Fixture, "auto keeps a plugin here unless its manifest asks for a process",
                 "[plugins]") {
  CHECK_FALSE(apart(bad_plugin("good"), Isolation::kAuto));  // no manifest
  CHECK_FALSE(apart(plugin({{"in_process", "supported"}}), Isolation::kAuto));
  CHECK_FALSE(apart(plugin({{"network", "host"}}), Isolation::kAuto));
  CHECK(apart(plugin({{"in_process", "unsupported"}}), Isolation::kAuto));
  CHECK(apart(plugin({{"in_process", "supported"}, {"network", "direct"}}), Isolation::kAuto));
}

TEST_CASE_METHOD(Fixture, "a binding may say process of every plugin and none of most",
                 "[plugins]") {
  CHECK(apart(bad_plugin("good"), Isolation::kProcess));
  CHECK_FALSE(apart(plugin({{"network", "direct"}}), Isolation::kNone));
  const auto vendor = *manifest::verify_plugin(plugin({{"in_process", "unsupported"}}), anyone);
  const auto refused = runs_apart(vendor, Isolation::kNone, false);
  REQUIRE(reason_of(refused) == "plugin.isolation_required");
  CHECK(refused.error().code() == ErrorCode::kPermissionDenied);
  CHECK_FALSE(*runs_apart(vendor, Isolation::kNone, true));
}

TEST_CASE_METHOD(Fixture, "a tenant's bindings of one library share a process, tenants never",
                 "[plugins]") {
  Registry plugins = registry();
  const auto bind = [&](const std::string& tenant, const std::string& name) {
    return plugins.instance(bad_plugin("good"), {tenant, name, "{}", Isolation::kProcess}, op);
  };
  const auto one = *bind("mvno-17", "hsm");
  const auto two = *bind("mvno-17", "store");
  const auto other = *bind("mvno-18", "hsm");
  CHECK(&one->module() == &two->module());
  CHECK(one->module().process()->status().pid != other->module().process()->status().pid);
  CHECK(&one->module().plugin() == &other->module().plugin());  // judged and copied once
  CHECK(plugins.modules().size() == 2);
  InstanceOptions more{"mvno-17", "spare", "{}", Isolation::kProcess};
  more.network = true;
  CHECK(reason_of(plugins.instance(bad_plugin("good"), more, op)) == "plugin.process_shared");
}

TEST_CASE_METHOD(Fixture, "a process ends with its tenant's last instance", "[plugins]") {
  Registry plugins = registry();
  auto instance =
      *plugins.instance(bad_plugin("good"), {"t", "hsm", "{}", Isolation::kProcess}, op);
  const pid_t pid = instance->module().process()->status().pid;
  CHECK(::kill(pid, 0) == 0);
  instance.reset();
  CHECK(::kill(pid, 0) != 0);
  CHECK(plugins.modules().empty());
}

TEST_CASE_METHOD(Fixture, "one library runs here for one tenant and apart for another",
                 "[plugins]") {
  Registry plugins = registry();
  const auto here = *plugins.instance(bad_plugin("good"), {"t", "hsm", "{}"}, op);
  const auto there =
      *plugins.instance(bad_plugin("good"), {"u", "hsm", "{}", Isolation::kProcess}, op);
  CHECK(here->module().process() == nullptr);
  CHECK(there->module().process() != nullptr);
  CHECK((*make_hsm(there))->open_key(op, "key"));
}

TEST_CASE_METHOD(Fixture, "without the program for it nothing runs apart", "[plugins]") {
  Registry plugins{services, anyone, {}, IsolationPolicy{"/nowhere/berth-plugin-host"}};
  CHECK(reason_of(plugins.instance(bad_plugin("good"), {"t", "hsm", "{}", Isolation::kProcess},
                                   op)) == "plugin.host_program");
}
