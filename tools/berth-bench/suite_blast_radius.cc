// Suite `blast-radius`: what one tenant notices of another in trouble, in one berthd (R127).
//
// Method: pairs of runs. In both, tenant B downloads at a steady pace. In the second of each pair
// tenant A asks for ten times its quota over kept connections, sends malformed bodies and
// notifications, its HSM stands still half of the time, its billing system hangs (an operator asks
// it again and again) and its store's process is killed every second. A's plugins run in processes
// of their own. A's devices run at the lowest priority: in the field they have processors of their
// own. Judged are the medians over the pairs.
//
// Then A gets a berthd of its own behind the common door, and that is killed (own_host.h).

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "tools/berth-bench/load.h"
#include "tools/berth-bench/must.h"
#include "tools/berth-bench/own_host.h"
#include "tools/berth-bench/paced_run.h"
#include "tools/berth-bench/stock.h"
#include "tools/berth-bench/suites.h"
#include "tools/berthctl/client.h"

namespace berth::bench {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

constexpr std::size_t kA = 0;
constexpr std::size_t kB = 1;

struct Counts {
  std::size_t pairs = 5;
  Pace b{.downloads = 400, .per_second = 25, .threads = 4};  // one run
  int quota = 10;                                            // of A: downloads a second
  std::size_t loud_threads = 8;
  std::size_t orders_of_a = 1500;
};

Counts counts_of(bool smoke) {
  if (!smoke) return {};
  return {.pairs = 1,
          .b = {.downloads = 6, .per_second = 10, .threads = 2},
          .quota = 10,
          .loud_threads = 2,
          .orders_of_a = 20};
}

// Of this thread alone.
void step_back() {
  constexpr int kLowest = 19;
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLowest);
}

// Tenant A in trouble, from its construction to its end.
class Trouble {
 public:
  Trouble(Fleet& fleet, const BerthdProcess& server, const fs::path& socket, Orders& orders,
          const Counts& counts)
      : fleet_(fleet),
        port_(server.es9_port()),
        operators_(berthctl::HostAddress{socket}),
        orders_(orders) {
    for (std::size_t i = 0; i < counts.loud_threads; ++i) {
      threads_.emplace_back(
          [this, i, &counts](const std::stop_token& stop) { ask_for_too_much(stop, i, counts); });
    }
    threads_.emplace_back([this](const std::stop_token& stop) { send_nonsense(stop); });
    threads_.emplace_back([this](const std::stop_token& stop) { ask_the_bss(stop); });
    threads_.emplace_back([this](const std::stop_token& stop) { hurt_plugins(stop); });
  }
  ~Trouble() {
    for (auto& thread : threads_) thread.request_stop();
    threads_.clear();
  }
  Trouble(const Trouble&) = delete;
  Trouble& operator=(const Trouble&) = delete;

  Json told() const {
    return {{"begunOrRefused", asked_.load()},  {"refused", refused_.load()},
            {"downloaded", downloaded_.load()}, {"failed", failed_.load()},
            {"nonsense", nonsense_.load()},     {"askedOfBss", bss_.load()},
            {"kills", kills_.load()},           {"hsmStops", stops_.load()}};
  }

 private:
  // Whatever fails is A's own affair; a connection that broke is made anew.
  template <class Work>
  void keep_at_it(const std::stop_token& stop, std::chrono::duration<double> pause, Work work) {
    step_back();
    std::unique_ptr<Connection> connection;
    std::size_t used = 0;
    for (auto next = Steady::now(); !stop.stop_requested();) {
      try {
        if (!connection || ++used % 200 == 0) {
          connection = std::make_unique<Connection>(fleet_.tls(), port_, World::realm(kA));
        }
        work(*connection);
      } catch (const ToldToComeBack&) {
        ++refused_;
      } catch (const std::exception&) {
        ++failed_;
        connection.reset();
      }
      next += std::chrono::duration_cast<Steady::duration>(pause);
      std::this_thread::sleep_until(next);
    }
  }

  void ask_for_too_much(const std::stop_token& stop, std::size_t thread, const Counts& counts) {
    const std::chrono::duration<double> pause(static_cast<double>(counts.loud_threads) /
                                              (10.0 * counts.quota));
    const OpenOrder* order = orders_.next();
    keep_at_it(stop, pause, [&](Connection& connection) {
      ++asked_;
      if (order == nullptr) {
        if (!fleet_.device(thread, kA).try_begin(connection)) ++refused_;
        return;
      }
      fleet_.device(thread, kA).download(connection, *order, false);
      ++downloaded_;
      order = orders_.next();
    });
  }

  void send_nonsense(const std::stop_token& stop) {
    const std::string long_text(8000, 'x');
    keep_at_it(stop, std::chrono::milliseconds(20), [&](Connection& connection) {
      connection.post("handleNotification", R"({"pendingNotification":"vzc=")" + long_text);
      connection.post("authenticateClient", R"({"transactionId":"00","x":")" + long_text);
      nonsense_ += 2;
    });
  }

  void ask_the_bss(const std::stop_token& stop) {
    step_back();
    while (!stop.stop_requested()) {
      static_cast<void>(operators_.post("/v1/tenants/" + World::tenant_id(kA) + "/plugins/bss/try",
                                        nlohmann::json{{"order", {{"profileType", "x"}}}}));
      ++bss_;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  // The processes of A's plugins by their slots.
  std::map<std::string, pid_t> processes() const {
    std::map<std::string, pid_t> found;
    const auto listed = operators_.get("/v1/plugins");
    if (!listed) return found;
    for (const auto& one : listed->at("instances")) {
      if (one.at("tenant") != World::tenant_id(kA) || one.at("process").is_null()) continue;
      const auto& pid = one.at("process").at("pid");
      if (!pid.is_null()) found[one.at("slot")] = pid.get<pid_t>();
    }
    return found;
  }

  static void send(const std::map<std::string, pid_t>& processes, const std::string& slot,
                   int number) {
    const auto found = processes.find(slot);
    if (found != processes.end()) ::kill(found->second, number);
  }

  void hurt_plugins(const std::stop_token& stop) {
    constexpr std::chrono::milliseconds kStandsStill{40};
    constexpr int kRounds = 12;  // a second or so
    while (!stop.stop_requested()) {
      const auto known = processes();
      send(known, "storage", SIGKILL);
      kills_ += known.contains("storage") ? 1 : 0;
      send(known, "bss", SIGSTOP);
      for (int i = 0; i < kRounds && !stop.stop_requested(); ++i) {
        send(known, "hsm", SIGSTOP);
        ++stops_;
        std::this_thread::sleep_for(kStandsStill);
        send(known, "hsm", SIGCONT);
        std::this_thread::sleep_for(kStandsStill);
      }
      send(known, "bss", SIGCONT);  // or asking for the processes would wait for it
    }
  }

  Fleet& fleet_;
  const std::uint16_t port_;
  const berthctl::Client operators_;
  Orders& orders_;
  std::atomic<std::size_t> asked_{0}, refused_{0}, downloaded_{0}, failed_{0}, nonsense_{0},
      bss_{0}, kills_{0}, stops_{0};
  std::vector<std::jthread> threads_;
};

class BlastRadius {
 public:
  explicit BlastRadius(const SuiteSettings& settings)
      : settings_(settings), counts_(counts_of(settings.smoke)), world_(shape()) {}

  Report run() {
    report_.suite = "blast-radius";
    settings_.say("stock");
    std::vector<OpenOrder> of_a;
    std::vector<OpenOrder> of_b;
    world_.with_host([&](host::Host& host) {
      of_a = stock_packages(world_, host, kA, counts_.orders_of_a, 0);
      of_b = stock_packages(world_, host, kB, counts_.b.downloads * (2 * counts_.pairs + 1),
                            1'000'000);
    });
    Orders orders_of_a(std::move(of_a));
    Orders orders_of_b(std::move(of_b));
    Fleet fleet(world_, std::max(counts_.b.threads, counts_.loud_threads), Curve::kP256);
    BerthdProcess server(settings_.berthd, world_.configuration());
    settings_.say("warming up");
    run_b(fleet, server, orders_of_b);
    for (std::size_t pair = 0; pair < counts_.pairs; ++pair) {
      measure_pair(fleet, server, orders_of_a, orders_of_b, pair);
    }
    server.stop();
    settings_.say("killing the berthd of A's own");
    const KilledHost killed = kill_own_host(settings_, counts_.b);
    bar("success_drop_points", median(drops_), 0.1, "points");
    bar("p99_growth_percent", median(growths_), 10, "%");
    bar("errors_at_b", static_cast<double>(killed.b.failed), 0, "downloads");
    killed_ = {{"kills", killed.kills},
               {"tenantB", told(killed.b)},
               {"tenantA", {{"downloaded", killed.a_downloaded}, {"failed", killed.a_failed}}}};
    describe();
    write_report();
    return std::move(report_);
  }

 private:
  WorldShape shape() const {
    const auto plugin = [&](const char* library, nlohmann::json config) {
      return nlohmann::json{{"library", (settings_.plugins / library).string()},
                            {"config", std::move(config)},
                            {"isolation", "process"}};
    };
    const nlohmann::json a{
        {"limits",
         {{"downloadsPerSecond", counts_.quota},
          {"connectionsPerSecond", 5 * counts_.quota},
          {"workers", 4},
          {"notificationWorkers", 4},
          {"hsmInFlight", 2}}},
        {"hsm",
         plugin("hsm/softkeys.so", {{"folder", "../keys-a"}, {"masterKeyFile", "../keys.hex"}})},
        {"storage", plugin("storage/filesystem.so", {{"folder", "../objects-a"}})},
        {"bss", plugin("bss/file-feed.so", {{"folder", "../feed-a"}})}};
    return {.tenants = 2, .plugins = settings_.plugins, .tenant_members = {{kA, a.dump()}}};
  }

  PacedRun run_b(Fleet& fleet, const BerthdProcess& server, Orders& orders) const {
    return run_paced(fleet, server.es9_port(), kB, orders, counts_.b, settings_.say);
  }

  void measure_pair(Fleet& fleet, const BerthdProcess& server, Orders& of_a, Orders& of_b,
                    std::size_t pair) {
    settings_.say("pair " + std::to_string(pair + 1));
    const PacedRun quiet = run_b(fleet, server, of_b);
    PacedRun loud;
    Json trouble;
    {
      Trouble a(fleet, server, world_.folder() / "operator.sock", of_a, counts_);
      loud = run_b(fleet, server, of_b);
      trouble = a.told();
    }
    drops_.push_back(quiet.success() - loud.success());
    growths_.push_back((loud.p99() / quiet.p99() - 1) * 100);
    pairs_.push_back({{"quiet", told(quiet)},
                      {"loud", told(loud)},
                      {"tenantA", std::move(trouble)},
                      {"successDropPoints", drops_.back()},
                      {"p99GrowthPercent", growths_.back()}});
    report_.note("quiet_p99_ms_" + std::to_string(pair + 1), quiet.p99(), "ms");
    report_.note("loud_p99_ms_" + std::to_string(pair + 1), loud.p99(), "ms");
  }

  static Json told(const PacedRun& run) {
    return {{"downloads", run.ms.size()},
            {"failed", run.failed},
            {"p50Ms", quantile(run.ms, 0.5)},
            {"p99Ms", run.p99()},
            {"mostMs", quantile(run.ms, 1)}};
  }

  void bar(std::string name, double value, double bound, std::string unit) {
    report_.bars.push_back({std::move(name), value, Bound::kAtMost, bound, std::move(unit)});
  }

  void describe() {
    const auto on = [&](const std::string& name, const std::string& value) {
      report_.measured_on.emplace_back(name, value);
    };
    describe_machine(report_);
    on("tenant B", std::to_string(counts_.b.downloads) + " downloads a run, " +
                       std::to_string(static_cast<int>(counts_.b.per_second)) +
                       " a second, a connection each; the whole download is timed");
    on("tenant A", "ten times its quota of " + std::to_string(counts_.quota) +
                       " downloads a second; HSM stopped 40 of every 80 ms, BSS stopped, store "
                       "killed about every second, malformed bodies 100 a second");
    on("pairs", std::to_string(counts_.pairs) + ", medians");
    on("errors_at_b",
       "one more run: A in a berthd of its own behind the common door, killed while "
       "it serves, started again, killed again");
  }

  void write_report() const {
    if (settings_.report.empty()) return;
    Json file{{"suite", report_.suite}, {"pairs", pairs_}, {"killedHost", killed_}};
    for (const Bar& one : report_.bars) {
      file["bars"].push_back(
          {{"name", one.name}, {"value", one.value}, {"bound", one.bound}, {"ok", one.ok()}});
    }
    for (const auto& [name, value] : report_.measured_on) file["measuredOn"][name] = value;
    std::ofstream(settings_.report) << file.dump(2) << '\n';
  }

  const SuiteSettings& settings_;
  const Counts counts_;
  World world_;
  std::vector<double> drops_;
  std::vector<double> growths_;
  Json pairs_ = Json::array();
  Json killed_;
  Report report_;
};

}  // namespace

Report run_blast_radius(const SuiteSettings& settings) { return BlastRadius(settings).run(); }

}  // namespace berth::bench
