// Plugins are exchanged while phones download, and one tenant's failing plugin is nobody else's.

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "kernel/base/digest.h"
#include "kernel/host/plugin_desk.h"
#include "kernel/manifest/verified_plugin.h"
#include "tests/scenario/world.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::scenario;  // NOLINT
namespace fs = std::filesystem;

std::string read(const fs::path& file) {
  std::ifstream input(file, std::ios::binary);
  std::ostringstream text;
  text << input.rdbuf();
  return text.str();
}

// Another build of the plugin: the same code with a few octets behind it, and a manifest that says
// so. The host loads it beside the first.
fs::path another_build(const fs::path& library, const fs::path& folder) {
  fs::create_directories(folder);
  const std::string name = library.stem().string();
  for (const auto& file : fs::directory_iterator(library.parent_path())) {
    if (!file.path().filename().string().starts_with(name + ".")) continue;
    fs::copy(file.path(), folder / file.path().filename());
  }
  const fs::path built = folder / library.filename();
  std::ofstream(built, std::ios::binary | std::ios::app) << folder.string();
  const fs::path manifest = manifest::manifest_path(built);
  auto json = nlohmann::json::parse(read(manifest));
  json["library"]["sha256"] = manifest::digits_of(sha256(as_bytes(read(built))));
  std::ofstream(manifest, std::ios::binary) << json.dump();
  return built;
}

host::PluginDesk desk_of(World& world) {
  return {world.host().configuration().host, world.host().tenant_files(), world.host().bindings(),
          world.host().ledger(), world.clock()};
}

std::string state_of(const host::PluginDesk& desk, const std::string& tenant,
                     const std::string& slot) {
  for (const auto& one : desk.list()) {
    if (one.tenant == tenant && one.slot == slot) return one.state;
  }
  return "";
}

// Phones of one tenant that order and download one profile after the other until they are stopped.
class Phones {
 public:
  Phones(World& world, std::size_t count) : world_(world) {
    for (std::size_t i = 0; i < count; ++i) {
      std::string eid = kAlphaEid;
      eid[20] = static_cast<char>('1' + i);
      phones_.push_back(world.phone(eid));
    }
    for (auto& phone : phones_) threads_.emplace_back([this, &phone] { run(*phone); });
  }
  ~Phones() { stop(); }
  void stop() {
    stop_ = true;
    threads_.clear();
  }
  // Until so many more downloads have ended, whichever way.
  void await(int more) const {
    const int until = ended_ + more;
    while (ended_ < until) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  std::vector<std::string> failures() {
    const std::lock_guard lock(mutex_);
    return failures_;
  }
  int ended() const { return ended_; }

 private:
  void run(Phone& phone) {
    while (!stop_) {
      std::string code;
      {
        const std::lock_guard lock(mutex_);  // a world serves one thread
        code = world_.order("alpha").activation_code;
      }
      const auto report = phone.download(code);
      if (!report) {
        const std::lock_guard lock(mutex_);
        failures_.push_back(report.error().step + ": " + report.error().message);
      }
      ++ended_;
    }
  }

  World& world_;
  std::vector<std::unique_ptr<Phone>> phones_;
  std::mutex mutex_;
  std::vector<std::string> failures_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> ended_ = 0;
  std::vector<std::jthread> threads_;
};

}  // namespace

TEST_CASE("store and HSM are exchanged while phones download, and no download fails",
          "[scenario]") {
  World world;
  auto desk = desk_of(world);
  const auto& host = world.host().configuration().host;
  Phones phones(world, 3);
  phones.await(1);
  const auto swap = [&](const std::string& tenant, const std::string& slot,
                        const fs::path& library) {
    const auto done = desk.swap({tenant, slot, library.string()});
    if (!done) FAIL(done.error().message());
    phones.await(3);
  };
  for (int round = 0; round < 2; ++round) {
    const fs::path folder = world.folder() / ("build-" + std::to_string(round));
    swap("alpha", "storage", another_build(host.storage.library, folder / "storage"));
    swap("host", "hsm", another_build(host.hsm.library, folder / "hsm"));
    // What is refused disturbs nobody either.
    CHECK_FALSE(desk.swap({"alpha", "storage", "", R"({"folder":"/no/such/folder"})"}));
  }
  phones.stop();
  for (const std::string& failure : phones.failures()) UNSCOPED_INFO(failure);
  CHECK(phones.failures().empty());
  CHECK(phones.ended() >= 13);
  CHECK(state_of(desk, "alpha", "storage") == "serving");
  CHECK(state_of(desk, "host", "hsm") == "serving");
  // Three builds of each were loaded; what serves or drains is told, each once.
  const auto verdict = world.host().ledger().verify_audit();
  REQUIRE(verdict);
  CHECK(verdict->intact);
  int swapped = 0;
  const auto records = world.host().ledger().audit_records(0, 1000);
  for (const auto& record : *records) swapped += record.type == "plugin.swapped" ? 1 : 0;
  CHECK(swapped == 4);
}

TEST_CASE(
    "a profile stocked before a swap is downloaded after it, and the vault opens after a restart",
    "[scenario]") {
  World world;
  const auto order = world.order("alpha");
  {
    auto desk = desk_of(world);
    const auto& host = world.host().configuration().host;
    REQUIRE(desk.swap(
        {"alpha", "storage", another_build(host.storage.library, world.folder() / "s").string()}));
    REQUIRE(
        desk.swap({"host", "hsm", another_build(host.hsm.library, world.folder() / "h").string()}));
  }
  CHECK(world.phone(kAlphaEid)->download(order.activation_code).ok());
  const auto later = world.order("alpha");
  world.restart();  // with what the configuration says
  CHECK(world.phone(kAlphaEid)->download(later.activation_code).ok());
}

TEST_CASE("one tenant's failing HSM is refused at once, troubles nobody else, and comes back",
          "[scenario][R122][R157]") {
  World world;
  world.stop();
  // alpha begins anew with an HSM of its own, whose first nine one-time keys fail.
  for (const auto& file : fs::directory_iterator(world.folder() / "data")) {
    if (file.path().filename().string().find("alpha") != std::string::npos) fs::remove(file);
  }
  const fs::path file = world.folder() / "tenants/alpha.json";
  auto alpha = nlohmann::json::parse(read(file));
  alpha["hsm"] = {{"library", std::string(BERTH_BAD_PLUGINS) + "/puppet.so"},
                  {"config", {{"name", "a"}, {"fails", "9"}}},
                  {"breaker", {{"failures", 3}, {"openMs", 50}}}};
  std::ofstream(file) << alpha.dump();
  world.start();
  const auto desk = desk_of(world);
  auto phone = world.phone(kAlphaEid);
  auto other = world.phone(kBravoEid);
  bool open = false;
  bool closed = false;
  for (int i = 0; i < 2000 && !closed; ++i) {
    CHECK_FALSE(phone->download(world.order("alpha").activation_code).ok());
    const std::string state = state_of(desk, "alpha", "hsm");
    open = open || state == "breaker open";
    closed = open && state == "serving";
    if (i < 5) CHECK(other->download(world.order("bravo").activation_code).ok());
  }
  CHECK(open);
  CHECK(closed);  // it was tried by itself, and served
  CHECK(state_of(desk, "host", "hsm") == "serving");
}
