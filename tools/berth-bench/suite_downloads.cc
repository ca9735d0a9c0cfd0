// Suite `downloads`: what a complete, durable download costs the server.
//
// Method: one berthd, one tenant, a package of its own for every profile. After one download by a
// whole card and a warm-up, rounds of load; each round measures OpenSSL's floor on as many threads
// as there are cores right before it, and the medians over the rounds count. At the end the ledger
// is asked how many profiles were installed: as many as were counted, or there is no result.

#include <numeric>
#include <thread>

#include "tools/berth-bench/crypto_floor.h"
#include "tools/berth-bench/load.h"
#include "tools/berth-bench/must.h"
#include "tools/berth-bench/stock.h"
#include "tools/berth-bench/suites.h"

namespace berth::bench {
namespace {

struct Counts {
  std::size_t warm_up = 300;
  std::size_t rounds = 5;
  std::size_t a_round = 600;
  std::size_t kept_alive = 400;  // a round
  std::size_t half_load = 1500;
  std::size_t brainpool = 200;
  std::size_t connections = 1000;
  std::size_t threads = 8;
  std::size_t half_load_threads = 32;
  std::size_t floor_rounds = 60;

  std::size_t orders() const { return warm_up + rounds * (a_round + kept_alive) + half_load; }
};

Counts counts_of(bool smoke) {
  if (!smoke) return {};
  return {.warm_up = 2,
          .rounds = 1,
          .a_round = 6,
          .kept_alive = 6,
          .half_load = 6,
          .brainpool = 2,
          .connections = 10,
          .threads = 2,
          .half_load_threads = 2,
          .floor_rounds = 2};
}

// Hands out a part of the orders after the other.
class Supply {
 public:
  explicit Supply(std::vector<OpenOrder> orders) : orders_(std::move(orders)) {}
  std::span<const OpenOrder> take(std::size_t count) {
    if (count > orders_.size() - used_) throw std::runtime_error("out of orders");
    used_ += count;
    return std::span<const OpenOrder>(orders_).subspan(used_ - count, count);
  }
  std::size_t used() const { return used_; }

 private:
  std::vector<OpenOrder> orders_;
  std::size_t used_ = 0;
};

class Downloads {
 public:
  explicit Downloads(const SuiteSettings& settings)
      : settings_(settings),
        counts_(counts_of(settings.smoke)),
        world_({.tenants = 1,
                .curves = {Curve::kP256, Curve::kBrainpoolP256r1},
                .plugins = settings.plugins}),
        octets_(package_size(world_)) {}

  Report run() {
    report_.suite = "downloads";
    settings_.say("making stock: " + std::to_string(counts_.orders()) + " profiles");
    const std::size_t p256 = counts_.orders() + 1;
    world_.with_host([&](host::Host& host) {
      orders_.emplace(stock_packages(world_, host, 0, p256 + counts_.brainpool + 1, 1));
    });
    {
      BerthdProcess server(settings_.berthd, world_.configuration());
      Fleet fleet(world_, std::max(counts_.threads, counts_.half_load_threads), Curve::kP256);
      prove_download(world_, server, orders_->take(1).front(), Curve::kP256);
      report_.note("rss_mb_idle", server.rss_mb(), "MB");
      run_load(fleet, server, orders_->take(counts_.warm_up), {.threads = counts_.threads});
      measure_rounds(server, fleet);
      measure_half_load(server, fleet);
      measure_brainpool(server);
      measure_connections(server, fleet);
      server.stop();
    }
    check_ledger();
    describe();
    return std::move(report_);
  }

 private:
  void measure_rounds(const BerthdProcess& server, Fleet& fleet) {
    std::vector<double> rates;
    std::vector<double> cpu;
    std::vector<double> floors;
    std::vector<double> ratios;
    std::vector<double> kept_cpu;
    std::vector<double> kept_ratios;
    CryptoFloor floor;
    for (std::size_t round = 1; round <= counts_.rounds; ++round) {
      settings_.say("round " + std::to_string(round) + " of " + std::to_string(counts_.rounds));
      floor = measure_floor(Curve::kP256, octets_, std::thread::hardware_concurrency(),
                            counts_.floor_rounds);
      const LoadResult one =
          run_load(fleet, server, orders_->take(counts_.a_round), {.threads = counts_.threads});
      const LoadResult kept =
          run_load(fleet, server, orders_->take(counts_.kept_alive),
                   {.threads = counts_.threads, .connections = Connections::kKeptAlive});
      rates.push_back(one.per_second());
      floors.push_back(floor.ms());
      cpu.push_back(one.cpu_ms());
      ratios.push_back(one.cpu_ms() / floor.ms());
      kept_cpu.push_back(kept.cpu_ms());
      kept_ratios.push_back(kept.cpu_ms() / floor.ms());
      bound_octets_ = one.package_octets;
    }
    note_floor("p256", floor, Curve::kP256);
    report_.note("floor_ms", median(floors), "ms of CPU");
    report_.note("cpu_ms", median(cpu), "ms of CPU a download");
    report_.note("cpu_ms_keepalive", median(kept_cpu), "ms of CPU a download");
    rate_ = median(rates);
    bar("cpu_over_floor", median(ratios), Bound::kAtMost, 2.0, "ratio");
    bar("cpu_over_floor_keepalive", median(kept_ratios), Bound::kAtMost, 1.6, "ratio");
    bar("downloads_per_second", rate_, Bound::kAtLeast, 250, "1/s");
  }

  void measure_half_load(const BerthdProcess& server, Fleet& fleet) {
    settings_.say("half load");
    const LoadResult half = run_load(
        fleet, server, orders_->take(counts_.half_load),
        {.threads = counts_.half_load_threads, .per_second = rate_ / 2, .with_empty = true});
    const double p99 = quantile(half.package_ms, 0.99);
    const double empty_p99 = quantile(half.empty_ms, 0.99);
    report_.note("half_load_per_second", half.per_second(), "1/s");
    report_.note("empty_p50_ms", quantile(half.empty_ms, 0.5), "ms");
    report_.note("empty_p99_ms", empty_p99, "ms");
    report_.note("bpp_p50_ms", quantile(half.package_ms, 0.5), "ms");
    bar("bpp_p99_over_empty", p99 / empty_p99, Bound::kAtMost, 3, "ratio");
    bar("bpp_p99_ms", p99, Bound::kAtMost, 50, "ms");
    bar("first_byte_p50_ms", quantile(half.package_first_byte_ms, 0.5), Bound::kAtMost, 10, "ms");
  }

  void measure_brainpool(const BerthdProcess& server) {
    settings_.say("brainpoolP256r1");
    Fleet fleet(world_, counts_.threads, Curve::kBrainpoolP256r1);
    prove_download(world_, server, orders_->take(1).front(), Curve::kBrainpoolP256r1);
    const CryptoFloor floor =
        measure_floor(Curve::kBrainpoolP256r1, octets_, std::thread::hardware_concurrency(), 8);
    const LoadResult result =
        run_load(fleet, server, orders_->take(counts_.brainpool), {.threads = counts_.threads});
    note_floor("brainpool", floor, Curve::kBrainpoolP256r1);
    report_.note("brainpool_floor_ms", floor.ms(), "ms of CPU");
    report_.note("brainpool_cpu_ms", result.cpu_ms(), "ms of CPU a download");
    report_.note("brainpool_cpu_over_floor", result.cpu_ms() / floor.ms(), "ratio");
  }

  // Each connection has begun a download, as one whose user is being asked has.
  void measure_connections(const BerthdProcess& server, Fleet& fleet) {
    settings_.say("many connections");
    std::vector<std::unique_ptr<Connection>> connections;
    for (std::size_t i = 0; i < counts_.connections; ++i) {
      connections.push_back(
          std::make_unique<Connection>(fleet.tls(), server.es9_port(), World::realm(0)));
      fleet.device(i, 0).begin(*connections.back());
    }
    report_.note("threads_1000_connections", server.threads(), "threads");
    bar("rss_mb_1000_connections", server.rss_mb(), Bound::kAtMost, 200, "MB");
  }

  void check_ledger() {
    world_.with_host([&](host::Host& host) {
      const std::size_t installed = installed_profiles(host, 0);
      if (installed == orders_->used()) return;
      throw std::runtime_error(std::to_string(orders_->used()) + " downloads, but " +
                               std::to_string(installed) + " installed profiles in the ledger");
    });
  }

  void note_floor(const std::string& curve, const CryptoFloor& floor, Curve which) {
    const OpensslSpeed speed = settings_.smoke ? OpensslSpeed() : ask_openssl_speed(which, octets_);
    const auto both = [&](const std::string& name, double ours, double theirs) {
      report_.note(curve + "_" + name + "_us", ours, "us");
      report_.note(curve + "_" + name + "_us_openssl_speed", theirs, "us");
    };
    report_.note(curve + "_tls_handshake_us", floor.handshake, "us");
    both("sign", floor.sign, speed.sign);
    both("verify", floor.verify, speed.verify);
    report_.note(curve + "_generate_us", floor.generate, "us");
    both("ecdh", floor.agree, speed.agree);
    both("aes_package", floor.encrypt, speed.encrypt);
    both("cmac_package", floor.mac, speed.mac);
  }

  void bar(std::string name, double value, Bound direction, double bound, std::string unit) {
    report_.bars.push_back({std::move(name), value, direction, bound, std::move(unit)});
  }

  void describe() {
    const auto on = [&](const std::string& name, const std::string& value) {
      report_.measured_on.emplace_back(name, value);
    };
    describe_machine(report_);
    on("connections", "one a download, and kept alive; " + std::to_string(counts_.threads) +
                          " devices at once, half load " +
                          std::to_string(counts_.half_load_threads));
    on("resumption", "none: a full TLS 1.3 handshake each, ECDSA P-256");
    on("functions",
       "initiateAuthentication, authenticateClient, getBoundProfilePackage, "
       "handleNotification (JSON)");
    on("package_octets", std::to_string(octets_) + ", bound " + std::to_string(bound_octets_));
    on("rows per commit", "3 commits a download of 7, 9 and 9 rows (all durable)");
    on("hsm", "softkeys, in process");
    on("storage", "filesystem, in process; a package of its own for each profile");
    on("ledger", "SQLite, WAL, synchronous FULL");
    on("server cpu", "the process' CPU clock (clock_getcpuclockid), user and system, all threads");
    on("empty handler", "POST to a path that is not there: 404");
  }

  const SuiteSettings& settings_;
  const Counts counts_;
  World world_;
  const std::size_t octets_;
  std::size_t bound_octets_ = 0;
  std::optional<Supply> orders_;
  double rate_ = 0;
  Report report_;
};

}  // namespace

Report run_downloads(const SuiteSettings& settings) { return Downloads(settings).run(); }

}  // namespace berth::bench
