#include "kernel/plugins/registry.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <future>

#include "kernel/base/random.h"
#include "tests/kernel/plugins/fixture.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::plugins;  // NOLINT
using berth::plugins::testing::bad_plugin;
using berth::plugins::testing::Fixture;
using berth::plugins::testing::reason_of;

// Whoever loads waits_in_init with this environment waits until release().
struct Waiting {
  Waiting() { std::filesystem::create_directory(folder); }
  ~Waiting() { std::filesystem::remove_all(folder); }
  void until_somebody_waits() const {
    while (!std::filesystem::exists(file.string() + ".here")) std::this_thread::yield();
  }
  void release() const { std::ofstream(file) << "go on"; }

  const std::filesystem::path folder = std::filesystem::temp_directory_path() /
                                       ("berth-registry-" + to_hex(SystemRandom().bytes(8)));
  const std::filesystem::path file = folder / "file";
  const std::string variable = "BERTH_TEST_WAIT_FOR=" + file.string();
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a library is loaded once however its path is spelled", "[plugins]") {
  Registry registry(services, anyone);
  const auto first = *registry.module(bad_plugin("good"));
  const auto again = *registry.module(bad_plugin("good").parent_path() / "." / "good.so");
  CHECK(first == again);
  CHECK(registry.modules().size() == 1);
}

TEST_CASE_METHOD(Fixture, "tenants get instances of their own from one module", "[plugins]") {
  Registry registry(services, anyone);
  const auto one = *registry.instance(bad_plugin("good"), {"mvno-17", "hsm", "{}"}, op);
  const auto two = *registry.instance(bad_plugin("good"), {"mvno-18", "hsm", "{}"}, op);
  CHECK(&one->module() == &two->module());
  CHECK(one->handle() != two->handle());
  CHECK(one->label() != two->label());
}

TEST_CASE_METHOD(Fixture, "a refused library leaves nothing behind", "[plugins]") {
  Registry registry(services, anyone);
  CHECK(reason_of(registry.module(bad_plugin("newer_major"))) == "plugin.abi_major");
  CHECK(reason_of(registry.module("/nowhere/plugin.so")) == "plugin.not_found");
  CHECK(reason_of(registry.instance(bad_plugin("bad_id"), {"t", "n", "{}"}, op)) == "plugin.id");
  CHECK(registry.modules().empty());
}

TEST_CASE_METHOD(Fixture, "a module stays when its last instance has gone", "[plugins]") {
  Registry registry(services, anyone);
  REQUIRE(registry.instance(bad_plugin("good"), {"mvno-17", "hsm", "{}"}, op));
  CHECK(registry.modules().size() == 1);
}

TEST_CASE_METHOD(Fixture, "unsigned plugins are loaded only where they are allowed", "[plugins]") {
  Registry registry(services, manifest::PluginTrust{});
  CHECK(reason_of(registry.module(bad_plugin("good"))) == "plugin.unsigned");
  CHECK(registry.modules().empty());
}

TEST_CASE_METHOD(Fixture, "whoever composes the host hears of each library once", "[plugins]") {
  std::vector<std::string> heard;
  Registry registry(services, anyone,
                    [&](const std::filesystem::path& library, const auto& loaded) {
                      heard.push_back(library.filename().string() + " " + reason_of(loaded));
                    });
  REQUIRE(registry.module(bad_plugin("good")));
  REQUIRE(registry.module(bad_plugin("good")));
  CHECK_FALSE(registry.module(bad_plugin("newer_major")));
  CHECK_FALSE(registry.module("/nowhere/plugin.so"));
  CHECK(heard == std::vector<std::string>{"good.so ", "newer_major.so plugin.abi_major",
                                          "plugin.so plugin.not_found"});
}

TEST_CASE_METHOD(Fixture, "a file replaced under its path is another library beside the first",
                 "[plugins]") {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("berth-registry-" + to_hex(SystemRandom().bytes(8)));
  std::filesystem::create_directory(folder);
  const auto library = folder / "plugin.so";
  std::filesystem::copy_file(bad_plugin("good"), library);
  Registry registry(services, anyone);
  const auto first = *registry.module(library);
  std::filesystem::copy_file(bad_plugin("good"), folder / "copy.so");
  CHECK(*registry.module(folder / "copy.so") == first);  // the same octets
  std::filesystem::copy_file(bad_plugin("puppet"), folder / "next.so");
  std::filesystem::rename(folder / "next.so", library);
  const auto second = *registry.module(library);
  CHECK(second != first);
  CHECK(second->id() == "org.example.puppet");
  CHECK(first->id() == "org.example.test");  // its code is still there
  CHECK(*registry.module(library) == second);
  CHECK(registry.modules().size() == 2);
  // What replaces it and is refused changes nothing for those that run.
  std::filesystem::copy_file(bad_plugin("newer_major"), folder / "next.so");
  std::filesystem::rename(folder / "next.so", library);
  CHECK(reason_of(registry.module(library)) == "plugin.abi_major");
  CHECK(registry.modules().size() == 2);
  std::filesystem::remove_all(folder);
}

TEST_CASE_METHOD(Fixture, "one tenant's process that is slow to start holds up no other's",
                 "[plugins][R34:part]") {
  const Waiting waiting;
  Registry registry(services, anyone, {}, {.program = BERTH_PLUGIN_HOST});
  const auto apart = [&](const std::string& tenant, const std::string& name, bool waits) {
    InstanceOptions options{tenant, name, "{}", Isolation::kProcess};
    if (waits) options.environment = {waiting.variable};
    return registry.instance(bad_plugin("waits_in_init"), options, op);
  };
  auto slow = std::async(std::launch::async, [&] { return apart("mvno-17", "hsm", true); });
  waiting.until_somebody_waits();
  // Another binding of the same tenant wants the same process, and waits for it.
  auto shares = std::async(std::launch::async, [&] { return apart("mvno-17", "store", true); });
  const auto other = apart("mvno-18", "hsm", false);
  REQUIRE(other);
  CHECK((*other)->module().tenant() == "mvno-18");
  CHECK(registry.instance(bad_plugin("good"), {"mvno-19", "hsm", "{}"}, op));
  CHECK(registry.modules().size() == 2);
  waiting.release();
  const auto late = slow.get();
  REQUIRE(late);
  CHECK(&(*late)->module() == &(*shares.get())->module());
}

TEST_CASE_METHOD(Fixture, "a library that is slow to load holds up no other library",
                 "[plugins][R34:part]") {
  const Waiting waiting;
  REQUIRE(::setenv("BERTH_TEST_WAIT_FOR", waiting.file.c_str(), 1) == 0);
  Registry registry(services, anyone);
  auto slow =
      std::async(std::launch::async, [&] { return registry.module(bad_plugin("waits_in_init")); });
  waiting.until_somebody_waits();
  auto again =
      std::async(std::launch::async, [&] { return registry.module(bad_plugin("waits_in_init")); });
  CHECK(registry.module(bad_plugin("good")));
  waiting.release();
  CHECK(*slow.get() == *again.get());
  CHECK(registry.modules().size() == 2);
  ::unsetenv("BERTH_TEST_WAIT_FOR");
}
