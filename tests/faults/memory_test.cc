// Goal: no private key of a token is ever in the kernel process's memory, neither while it has
// signatures made with them nor after; and where keys are in a process, this scan finds them.
//
// SoftHSM2 is a library in the process that loads it and has a key in the clear while it signs.
// That process is the plugin's own; berthd is the one that is looked at.

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <thread>

#include "tests/faults/berthd_process.h"
#include "tests/faults/process_memory.h"
#include "tests/scenario/token.h"

namespace {

using namespace berth;            // NOLINT: a test of the whole host
using namespace berth::faults;    // NOLINT
using namespace berth::scenario;  // NOLINT
using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr int kDownloads = 4;

Needles keys_of(World& world) {
  Needles needles = both_orders("DPauth", world.dp_auth().key.scalar.view());
  needles.merge(both_orders("DPpb", world.dp_pb().key.scalar.view()));
  return needles;
}

// Scans the process again and again while a phone downloads from it, and once when it has: what all
// the scans found. Nothing where this user may not look.
std::optional<MemoryScan> scan_through_downloads(World& world, const BerthdProcess& berthd,
                                                 const std::vector<std::string>& codes) {
  const Needles needles = keys_of(world);
  std::atomic<bool> downloaded = false;
  std::string failure;  // read when the thread has ended
  std::thread phones([&] {
    for (const std::string& code : codes) {
      const auto report = world.phone(kAlphaEid, berthd.es9_port())->download(code);
      if (!report) failure += report.error().message + "; ";
    }
    downloaded = true;
  });
  std::optional<MemoryScan> all;
  for (bool last = false; !last;) {
    last = downloaded;
    const auto scan = scan_memory(berthd.pid(), needles);
    if (!scan) break;
    if (!all) all.emplace();
    all->octets = std::max(all->octets, scan->octets);
    for (const auto& [name, count] : scan->found) all->found[name] += count;
  }
  phones.join();
  if (!failure.empty()) FAIL(failure);
  return all;
}

std::vector<std::string> order_codes(World& world) {
  std::vector<std::string> codes;
  for (int i = 0; i < kDownloads; ++i) codes.push_back(world.order("alpha").activation_code);
  return codes;
}

// A key of the world in the token, as an operator's tool would import it.
void import(const World& world, const Token& token, const testpki::Issued& issued,
            const std::string& name) {
  const fs::path pem = world.folder() / (name + ".sec1.pem");
  const fs::path pkcs8 = world.folder() / (name + ".pkcs8.pem");
  std::ofstream(pem) << as_text(issued.key_pem().view());
  const std::string command =
      "openssl pkcs8 -topk8 -nocrypt -in " + pem.string() + " -out " + pkcs8.string();
  REQUIRE(std::system(command.c_str()) == 0);
  token.import(pkcs8, name);
  fs::remove(pem);
  fs::remove(pkcs8);
}

std::string read(const fs::path& file) {
  std::ifstream input(file);
  return {std::istreambuf_iterator<char>(input), {}};
}

}  // namespace

TEST_CASE("keys that are in a process are found in its memory", "[faults]") {
  World world;  // on softkeys
  const auto codes = order_codes(world);
  world.stop();
  const BerthdProcess berthd(world.folder() / "host.json");
  const auto scan = scan_through_downloads(world, berthd, codes);
  if (!scan) {
    WARN("SKIPPED: this user may not read another process's memory");
    return;
  }
  CHECK(scan->octets > 1'000'000);
  const bool auth = scan->found.contains("DPauth") || scan->found.contains("DPauth reversed");
  const bool binding = scan->found.contains("DPpb") || scan->found.contains("DPpb reversed");
  CHECK(auth);
  CHECK(binding);
}

TEST_CASE(
    "keys in a token are not in the memory of a host that signs with them, during or after, nor in "
    "a core",
    "[faults][R11]") {
  const Token token("scanned");
  WorldOptions options;
  options.import_keys = false;
  options.host_members = Json{{"hsm", token.binding()}}.dump();
  World world(options);
  const auto codes = order_codes(world);
  world.stop();
  import(world, token, world.dp_auth(), "p256-dpauth");
  import(world, token, world.dp_pb(), "p256-dppb");
  BerthdProcess berthd(world.folder() / "host.json");
  const auto scan = scan_through_downloads(world, berthd, codes);
  if (!scan) {
    WARN("SKIPPED: this user may not read another process's memory");
    return;
  }
  CHECK(scan->octets > 1'000'000);
  for (const auto& [name, count] : scan->found) {
    FAIL_CHECK(name << " was found " << count << " times");
  }
  // There is no core to look into: the process allows none, whatever kills it.
  const std::string limits = read("/proc/" + std::to_string(berthd.pid()) + "/limits");
  const std::size_t at = limits.find("Max core file size");
  REQUIRE(at != std::string::npos);
  CHECK(limits.substr(at + 26, 2) == "0 ");
  CHECK_FALSE(berthd.leaves_core(SIGABRT));
}
