// Suite `limits`: whether a tenant gets its rate and no more, whether a refusal costs the HSM
// anything, and how many silent connections the door holds.
//
// Method: one tenant is limited to a rate; devices that keep their connections begin downloads
// several times as fast, and what is begun in ten seconds is counted, after a first second. The
// HSM's calls before and after are the host's own count. Then connections of two tenants are opened
// and left alone; at the end each of them still answers.

#include <sys/resource.h>

#include <atomic>
#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "tools/berth-bench/load.h"
#include "tools/berth-bench/must.h"
#include "tools/berth-bench/stock.h"
#include "tools/berth-bench/suites.h"
#include "tools/berthctl/client.h"

namespace berth::bench {
namespace {

using Steady = std::chrono::steady_clock;

struct Counts {
  std::vector<int> rates = {20, 100};  // a second
  double seconds = 10;
  std::size_t threads = 4;
  int demand = 4;  // times the rate
  std::size_t idle = 5000;
};

Counts counts_of(bool smoke) {
  if (!smoke) return {};
  return {.rates = {20}, .seconds = 1, .threads = 2, .demand = 4, .idle = 20};
}

// A connection serves 1,000 requests.
constexpr std::size_t kRequestsPerConnection = 900;
constexpr rlim_t kOtherFiles = 512;

class Limits {
 public:
  explicit Limits(const SuiteSettings& settings)
      : settings_(settings), counts_(counts_of(settings.smoke)), world_(shape()) {}

  Report run() {
    report_.suite = "limits";
    raise_open_files();
    world_.with_host([](host::Host&) {});  // the keys go in
    Fleet fleet(world_, counts_.threads, Curve::kP256);
    BerthdProcess server(settings_.berthd, world_.configuration());
    double worst = 0;
    for (const int rate : counts_.rates) {
      settings_.say("a rate of " + std::to_string(rate));
      worst = std::max(worst, measure_rate(server, fleet, rate));
    }
    bar("rate_error_percent", worst, Bound::kAtMost, 5, "%");
    bar("hsm_calls_on_refused", hsm_calls_on_refused_, Bound::kAtMost, 0, "calls");
    report_.note("refused", static_cast<double>(refused_), "requests");
    settings_.say("idle connections");
    measure_idle(server, fleet);
    server.stop();
    describe();
    return std::move(report_);
  }

 private:
  WorldShape shape() const {
    const nlohmann::json connections = counts_.idle + 200;
    const nlohmann::json host{{"limits",
                               {{"maxConnections", connections},
                                {"maxConnectionsPerAddress", connections},
                                {"idleTimeoutMs", 600'000}}},
                              {"tenantLimits",
                               {{"connections", connections},
                                {"connectionsPerSecond", 100'000},
                                {"downloadsPerSecond", 100'000}}}};
    return {.tenants = 2, .plugins = settings_.plugins, .host_members = host.dump()};
  }

  void raise_open_files() const {
    rlimit limit{};
    const rlim_t wanted = counts_.idle + kOtherFiles;
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max < wanted) {
      throw std::runtime_error("too few open files are allowed here; raise ulimit -Hn");
    }
    limit.rlim_cur = std::max(limit.rlim_cur, wanted);
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }

  berthctl::Client operators() const {
    return berthctl::Client({.socket = world_.folder() / "operator.sock"});
  }

  double hsm_calls() const {
    const auto listed = must(operators().get("/v1/plugins"));
    for (const auto& one : listed.at("instances")) {
      if (one.at("slot") == "hsm") return one.at("calls").get<double>();
    }
    throw std::runtime_error("the host lists no HSM");
  }

  // In percent of the rate.
  double measure_rate(const BerthdProcess& server, Fleet& fleet, int rate) {
    must(operators().post("/v1/tenants/" + World::tenant_id(0) + "/limits",
                          nlohmann::json{{"downloadsPerSecond", rate}}));
    const double hsm_before = hsm_calls();
    std::atomic<std::size_t> begun{0};
    std::atomic<std::size_t> refused{0};
    std::atomic<std::size_t> counted{0};
    const auto first = Steady::now() + std::chrono::seconds(1);
    const auto last = first + std::chrono::duration_cast<Steady::duration>(
                                  std::chrono::duration<double>(counts_.seconds));
    const std::chrono::duration<double> pause(static_cast<double>(counts_.threads) /
                                              (static_cast<double>(rate) * counts_.demand));
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < counts_.threads; ++i) {
        threads.emplace_back([&, i] {
          std::unique_ptr<Connection> connection;
          auto next = Steady::now();
          for (std::size_t used = 0; Steady::now() < last; ++used) {
            if (used % kRequestsPerConnection == 0) {
              connection =
                  std::make_unique<Connection>(fleet.tls(), server.es9_port(), World::realm(0));
            }
            const bool got = fleet.device(i, 0).try_begin(*connection);
            const auto now = Steady::now();
            ++(got ? begun : refused);
            if (got && now >= first && now < last) ++counted;
            next += std::chrono::duration_cast<Steady::duration>(pause);
            std::this_thread::sleep_until(next);
          }
        });
      }
    }
    hsm_calls_on_refused_ +=
        std::max(0.0, hsm_calls() - hsm_before - static_cast<double>(begun.load()));
    refused_ += refused;
    if (refused == 0) throw std::runtime_error("the demand was too low to be refused anything");
    const double wanted = rate * counts_.seconds;
    const double error = std::abs(static_cast<double>(counted.load()) - wanted) / wanted * 100;
    report_.note("rate_" + std::to_string(rate) + "_error", error, "%");
    return error;
  }

  void measure_idle(const BerthdProcess& server, Fleet& fleet) {
    const double rss_before = server.rss_mb();
    std::vector<std::unique_ptr<Connection>> held;
    const auto begun = Steady::now();
    for (std::size_t i = 0; i < counts_.idle; ++i) {
      held.push_back(
          std::make_unique<Connection>(fleet.tls(), server.es9_port(), World::realm(i % 2)));
    }
    report_.note("handshakes_per_second",
                 static_cast<double>(held.size()) /
                     std::chrono::duration<double>(Steady::now() - begun).count(),
                 "1/s");
    report_.note("kb_of_an_idle_connection",
                 (server.rss_mb() - rss_before) * 1024 / static_cast<double>(held.size()), "kB");
    report_.note("threads", server.threads(), "threads");
    // Somebody else is served meanwhile, and every one of them still is.
    Connection another(fleet.tls(), server.es9_port(), World::realm(1));
    fleet.device(0, 1).begin(another);
    std::size_t answered = 0;
    for (const auto& connection : held) {
      answered += connection->post("nothing", "{}").status == 404 ? 1 : 0;
    }
    bar("idle_connections_held", static_cast<double>(answered), Bound::kAtLeast,
        static_cast<double>(counts_.idle), "connections");
  }

  void bar(std::string name, double value, Bound direction, double bound, std::string unit) {
    report_.bars.push_back({std::move(name), value, direction, bound, std::move(unit)});
  }

  void describe() {
    const auto on = [&](const std::string& name, const std::string& value) {
      report_.measured_on.emplace_back(name, value);
    };
    describe_machine(report_);
    on("rate", "InitiateAuthentication over connections that are kept, " +
                   std::to_string(counts_.demand) + " times as fast as allowed, " +
                   std::to_string(counts_.threads) + " devices; the worse of all rates");
    on("idle", "TLS connections of one address to two realms, opened one after the other");
  }

  const SuiteSettings& settings_;
  const Counts counts_;
  World world_;
  double hsm_calls_on_refused_ = 0;
  std::size_t refused_ = 0;
  Report report_;
};

}  // namespace

Report run_limits(const SuiteSettings& settings) { return Limits(settings).run(); }

}  // namespace berth::bench
