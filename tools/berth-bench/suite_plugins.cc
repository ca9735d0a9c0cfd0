// Suite `plugins`: what a call into a plugin costs, how long many instances take to start, and
// whether a swap under load is noticed.
//
// Method: calls of a store that does nothing, through the binding as the kernel makes them, and for
// comparison straight through the plugin's own table and through a binding whose plugin runs in a
// process of its own; bindings of many tenants started one after the other, as a host starts them,
// and some of them apart, with what a process takes in memory; and a berthd under full load whose
// store and HSM are swapped by the operator's API again and again until the last download has
// ended.

#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "berth/abi/storage.h"
#include "kernel/plugins/live_hsm.h"
#include "kernel/plugins/live_object_store.h"
#include "tools/berth-bench/load.h"
#include "tools/berth-bench/must.h"
#include "tools/berth-bench/stock.h"
#include "tools/berth-bench/suites.h"
#include "tools/berth-bench/temp_folder.h"
#include "tools/berthctl/client.h"

namespace berth::bench {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

struct Counts {
  // Rounds shorter than a time slice: whoever else runs disturbs some of them, not the median.
  std::size_t rounds = 501;
  std::size_t calls = 2000;  // a round
  std::size_t isolated_calls = 20'000;
  std::size_t tenants = 100;
  std::size_t processes = 50;
  std::size_t downloads = 2000;
  std::size_t threads = 8;
};

Counts counts_of(bool smoke) {
  if (!smoke) return {};
  return {.rounds = 1,
          .calls = 1000,
          .isolated_calls = 100,
          .tenants = 2,
          .processes = 2,
          .downloads = 12,
          .threads = 2};
}

double nanoseconds(Steady::time_point begun) {
  return std::chrono::duration<double, std::nano>(Steady::now() - begun).count();
}

class Plugins {
 public:
  explicit Plugins(const SuiteSettings& settings)
      : settings_(settings),
        counts_(counts_of(settings.smoke)),
        registry_(
            {&clock_, nullptr}, {.keys = {}, .allow_unsigned = true}, {},
            {.program = settings.berthd.parent_path() / "berth-plugin-host", .lenient = true}),
        null_store_(settings.plugins.parent_path() / "bench/null-store.so") {}

  Report run() {
    report_.suite = "plugins";
    settings_.say("calls in process");
    measure_calls();
    measure_isolated_calls();
    settings_.say("instances");
    measure_start();
    settings_.say("processes");
    measure_processes();
    settings_.say("swaps under load");
    measure_swaps();
    describe();
    return std::move(report_);
  }

 private:
  plugins::Op op() const { return {"bench", "", clock_.monotonic() + std::chrono::seconds(20)}; }

  plugins::BindingOptions binding(const std::string& tenant, const std::string& slot,
                                  const fs::path& library, const std::string& config) const {
    return {.library = library,
            .instance = {.tenant = tenant, .name = slot, .config_json = config}};
  }

  void measure_calls() {
    const auto store = must(plugins::LiveObjectStore::start(
        registry_, binding("bench", "storage", null_store_, "{}"), op()));
    const auto instance = must(registry_.instance(null_store_, {"bench", "direct", "{}"}, op()));
    const auto* table = must(instance->interface<berth_storage>(BERTH_STORAGE_V1));
    std::vector<double> through;
    std::vector<double> direct;
    for (std::size_t round = 0; round < counts_.rounds; ++round) {
      through.push_back(time_calls([&, op = op()] { return store->stat(op, "object").ok(); }));
      direct.push_back(time_calls([&] { return call_table(*instance, *table); }));
    }
    report_.bars.push_back({"call_in_process_ns", median(through), Bound::kAtMost, 200, "ns"});
    report_.note("call_of_its_table_ns", median(direct), "ns");
  }

  // What the plugin and its SDK take by themselves.
  static bool call_table(plugins::Instance& instance, const berth_storage& table) {
    berth_op op{};
    op.struct_size = sizeof(op);
    op.deadline_ns = INT64_MAX;
    op.cancelled = [](const berth_op*) noexcept { return false; };
    op.fail = [](const berth_op*, berth_status code, berth_str, berth_str, std::uint32_t) noexcept {
      return code;
    };
    berth_object_info info{};
    info.struct_size = sizeof(info);
    return table.stat(instance.handle(), &op, {"object", 6}, &info) == BERTH_OK;
  }

  template <class Call>
  double time_calls(Call call) {
    const auto begun = Steady::now();
    for (std::size_t i = 0; i < counts_.calls; ++i) {
      if (!call()) throw std::runtime_error("a call of the null store failed");
    }
    return nanoseconds(begun) / static_cast<double>(counts_.calls);
  }

  plugins::BindingOptions apart(const std::string& tenant) const {
    auto options = binding(tenant, "storage", null_store_, "{}");
    options.instance.isolation = plugins::Isolation::kProcess;
    return options;
  }

  void measure_isolated_calls() {
    const auto store = must(plugins::LiveObjectStore::start(registry_, apart("bench"), op()));
    std::vector<double> took;
    for (std::size_t i = 0; i < counts_.isolated_calls; ++i) {
      const auto begun = Steady::now();
      if (!store->stat(op(), "object").ok()) throw std::runtime_error("an isolated call failed");
      took.push_back(nanoseconds(begun) / 1000);
    }
    report_.bars.push_back({"call_isolated_us_p50", median(took), Bound::kAtMost, 100, "us"});
    report_.note("call_isolated_us_p99", quantile(took, 0.99), "us");
  }

  // What tenants cost whose plugin runs apart: each has a process.
  void measure_processes() {
    std::vector<std::unique_ptr<plugins::LiveObjectStore>> stores;
    const auto begun = Steady::now();
    for (std::size_t i = 0; i < counts_.processes; ++i) {
      stores.push_back(
          must(plugins::LiveObjectStore::start(registry_, apart(World::tenant_id(i)), op())));
    }
    const auto count = static_cast<double>(stores.size());
    report_.note("start_isolated_ms_each", nanoseconds(begun) / 1e6 / count, "ms");
    double resident_kb = 0;
    double own_kb = 0;  // shared pages divided among those who share them
    for (const auto& store : stores) {
      const auto pid = store->modules().front()->process()->status().pid;
      resident_kb += memory_kb(pid, "Rss:");
      own_kb += memory_kb(pid, "Pss:");
    }
    report_.note("rss_mb_of_a_process", resident_kb / 1024 / count, "MB");
    report_.note("pss_mb_of_a_process", own_kb / 1024 / count, "MB");
  }

  static double memory_kb(std::int64_t pid, const std::string& member) {
    std::ifstream rollup("/proc/" + std::to_string(pid) + "/smaps_rollup");
    for (std::string line; std::getline(rollup, line);) {
      if (line.starts_with(member)) return std::stod(line.substr(member.size()));
    }
    throw std::runtime_error("the system does not tell a plugin process's memory");
  }

  void measure_start() {
    const TempFolder folder;
    // What a host of many tenants has; a passphrase would be stretched 0.1 s for each.
    const auto secret = folder.path() / "keys.hex";
    write_file(secret, "00112233445566778899aabbccddeefffedcba98765432100123456789abcdef");
    fs::permissions(secret, fs::perms::owner_read | fs::perms::owner_write);
    const auto make_folder = [&](const std::string& name) {
      fs::create_directories(folder.path() / name);
      fs::permissions(folder.path() / name, fs::perms::owner_all);
      return (folder.path() / name).string();
    };
    std::vector<std::string> keys;
    std::vector<std::string> objects;
    for (std::size_t i = 0; i < counts_.tenants; ++i) {
      keys.push_back(nlohmann::json{{"folder", make_folder("keys-" + std::to_string(i))},
                                    {"masterKeyFile", secret.string()}}
                         .dump());
      objects.push_back(
          nlohmann::json{{"folder", make_folder("objects-" + std::to_string(i))}}.dump());
    }
    std::vector<std::unique_ptr<plugins::LiveHsm>> hsms;
    std::vector<std::unique_ptr<plugins::LiveObjectStore>> stores;
    double hsms_ns = 0;
    const auto begun = Steady::now();
    for (std::size_t i = 0; i < counts_.tenants; ++i) {
      const auto next = Steady::now();
      const std::string tenant = World::tenant_id(i);
      hsms.push_back(must(plugins::LiveHsm::start(
          registry_, binding(tenant, "hsm", settings_.plugins / "hsm/softkeys.so", keys[i]),
          op())));
      hsms_ns += nanoseconds(next);
      stores.push_back(must(plugins::LiveObjectStore::start(
          registry_,
          binding(tenant, "storage", settings_.plugins / "storage/filesystem.so", objects[i]),
          op())));
      for (const char* slot : {"third", "fourth", "fifth"}) {
        stores.push_back(must(plugins::LiveObjectStore::start(
            registry_, binding(tenant, slot, null_store_, "{}"), op())));
      }
    }
    const double took_ms = nanoseconds(begun) / 1e6;
    report_.bars.push_back({"start_500_instances_ms", took_ms, Bound::kAtMost, 5000, "ms"});
    report_.note("of_that_softkeys_ms", hsms_ns / 1e6, "ms");
    report_.note("instances", static_cast<double>(hsms.size() + stores.size()), "");
  }

  void measure_swaps() {
    World world({.tenants = 1, .plugins = settings_.plugins});
    std::vector<OpenOrder> orders;
    world.with_host(
        [&](host::Host& host) { orders = stock_packages(world, host, 0, counts_.downloads, 0); });
    Fleet fleet(world, counts_.threads, Curve::kP256);
    BerthdProcess server(settings_.berthd, world.configuration());
    std::atomic<bool> ended = false;
    std::size_t swaps = 0;
    double failed = 0;
    LoadResult result;
    {
      const std::jthread load([&] {
        try {
          result = run_load(fleet, server, orders, {.threads = counts_.threads});
        } catch (const std::exception& failure) {  // the first of them ends the load
          settings_.say(std::string("a download failed: ") + failure.what());
          failed = 1;
        }
        ended = true;
      });
      const berthctl::Client operators({.socket = world.folder() / "operator.sock"});
      do {
        const nlohmann::json wanted =
            swaps % 2 == 0 ? nlohmann::json{{"tenant", World::tenant_id(0)}, {"slot", "storage"}}
                           : nlohmann::json{{"slot", "hsm"}};
        must(operators.post("/v1/plugins/swap", wanted));
        ++swaps;
      } while (!ended || swaps < 2);
    }
    report_.bars.push_back({"swap_failed_downloads", failed, Bound::kAtMost, 0, "downloads"});
    report_.note("swaps", static_cast<double>(swaps), "");
    if (failed == 0) {
      report_.note("downloads_per_second", result.per_second(), "1/s");
      report_.note("package_p99_ms", quantile(result.package_ms, 0.99), "ms");
    }
    server.stop();
    world.with_host([&](host::Host& host) {
      if (failed == 0 && installed_profiles(host, 0) != orders.size()) {
        throw std::runtime_error("the ledger does not know every download that was counted");
      }
    });
  }

  void describe() {
    const auto on = [&](const std::string& name, const std::string& value) {
      report_.measured_on.emplace_back(name, value);
    };
    describe_machine(report_);
    on("call",
       "stat of a store that does nothing, one thread, the SDK's thunk included; median of " +
           std::to_string(counts_.rounds) + " rounds");
    on("instances",
       std::to_string(counts_.tenants) +
           " tenants, each softkeys, filesystem and three that do nothing; in process, "
           "one after the other");
    on("isolated", "stat of the same store in a process of its own, one thread; " +
                       std::to_string(counts_.processes) +
                       " such processes for their start and memory");
    on("swaps", "storage and HSM by turns, " + std::to_string(counts_.threads) +
                    " devices at once; each starts the same library anew");
  }

  const SuiteSettings& settings_;
  const Counts counts_;
  const SystemClock clock_;
  plugins::Registry registry_;
  const fs::path null_store_;
  Report report_;
};

}  // namespace

Report run_plugins(const SuiteSettings& settings) { return Plugins(settings).run(); }

}  // namespace berth::bench
