// Goal: killing one tenant's plugin process is that tenant's error until it is back, nobody else's.

#include <signal.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "kernel/host/plugin_loading.h"
#include "tests/scenario/world.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT

// Every tenant with a store and an HSM of its own, each in a process of its own.
WorldOptions apart() {
  const std::string plugins = BERTH_PLUGIN_DIR;
  WorldOptions options;
  options.tenant_members = nlohmann::json{
      {"storage",
       {{"library", plugins + "/storage/filesystem.so"},
        {"config", {{"folder", "../objects"}}},
        {"isolation", "process"}}},
      {"hsm",
       {{"library", plugins + "/hsm/softkeys.so"},
        {"config", {{"folder", "../tenant-keys"}, {"masterKeyFile", "../keys.hex"}}},
        {"isolation",
         "process"}}}}.dump();
  return options;
}

api::PluginProcessFacts process_of(World& world, const std::string& tenant,
                                   const std::string& plugin) {
  for (const api::PluginFacts& facts : host::plugin_facts(world.host().bindings())) {
    if (facts.process && facts.process->tenant == tenant && facts.id == plugin) {
      return *facts.process;
    }
  }
  FAIL("no process of " << plugin << " for " << tenant);
  return {};
}

bool downloads(World& world, const char* eid, const std::string& tenant) {
  const auto order = world.order(tenant);
  return world.phone(eid)->download(order.activation_code).ok();
}

// The tenant's packages can be read again, for as long as a loaded machine may take.
bool comes_back(World& world, const std::string& tenant) {
  for (int looks = 0; looks < 3000; ++looks) {
    if (world.host().check_store(*TenantId::parse(tenant))) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace

TEST_CASE("killing one tenant's plugin process costs that tenant alone, until it is back",
          "[scenario][R34:part]") {
  World world(apart());
  REQUIRE(downloads(world, kAlphaEid, "alpha"));
  REQUIRE(downloads(world, kBravoEid, "bravo"));
  const std::string store = "berth.storage.filesystem";
  const auto before = process_of(world, "alpha", store);
  const auto other = process_of(world, "bravo", store);
  CHECK(before.pid != other.pid);
  CHECK(process_of(world, "alpha", "berth.hsm.softkeys").pid != before.pid);

  // Ordered before, so that the download is what meets the dead process.
  const auto order = world.order("alpha");
  const auto neighbour = world.order("bravo");
  // Stopped it answers nothing; killed while a call waits for it.
  REQUIRE(::kill(static_cast<pid_t>(before.pid), SIGSTOP) == 0);
  std::jthread killer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    ::kill(static_cast<pid_t>(before.pid), SIGKILL);
  });
  CHECK_FALSE(world.phone(kAlphaEid)->download(order.activation_code).ok());
  CHECK(world.phone(kBravoEid)->download(neighbour.activation_code).ok());
  killer.join();

  REQUIRE(comes_back(world, "alpha"));
  CHECK(world.phone(kAlphaEid)->download(order.activation_code).ok());
  CHECK(world.profile_state("alpha", order.iccid) == "Installed");
  const auto after = process_of(world, "alpha", store);
  CHECK(after.pid != before.pid);
  CHECK(after.restarts == 1);
  CHECK(after.last_end == "signal 9 SIGKILL");
  CHECK(process_of(world, "bravo", store).pid == other.pid);
}

TEST_CASE("an isolated HSM that is killed between two downloads is found again by the next",
          "[scenario][R34:part]") {
  World world(apart());
  REQUIRE(downloads(world, kAlphaEid, "alpha"));
  const auto before = process_of(world, "alpha", "berth.hsm.softkeys");
  REQUIRE(::kill(static_cast<pid_t>(before.pid), SIGKILL) == 0);
  bool again = false;
  for (int tries = 0; tries < 100 && !again; ++tries) {
    again = process_of(world, "alpha", "berth.hsm.softkeys").restarts > 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  REQUIRE(again);
  CHECK(downloads(world, kAlphaEid, "alpha"));
}
