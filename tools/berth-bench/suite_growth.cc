// Suite `growth`: whether a host that holds more makes a download dearer, and how soon it is ready.
//
// Method: two hosts on files of their own, a small and a large one. In each round berthd is started
// on the small one, serves its downloads after a warm-up, and is stopped; then the same on the
// large one. The ratio of a round's two costs is free of what the machine does in the long run; the
// median of the rounds counts. A small host's stock serves one round, so each round has a copy of
// its own.

#include <filesystem>

#include "tools/berth-bench/load.h"
#include "tools/berth-bench/must.h"
#include "tools/berth-bench/stock.h"
#include "tools/berth-bench/suites.h"

namespace berth::bench {
namespace {

namespace fs = std::filesystem;

struct Counts {
  std::size_t rounds = 9;
  std::size_t warm_up = 20;
  std::size_t measured = 80;  // with the warm-up, the small host's whole stock
  std::size_t profiles = 100'000;
  std::size_t packages = 100;
  std::size_t tenants = 200;
  std::size_t threads = 2;

  std::size_t a_round() const { return warm_up + measured; }
};

Counts counts_of(bool smoke) {
  if (!smoke) return {};
  return {.rounds = 1,
          .warm_up = 1,
          .measured = 3,
          .profiles = 20,
          .packages = 4,
          .tenants = 3,
          .threads = 1};
}

// One host's files and the downloads it can still serve.
class Side {
 public:
  Side(const SuiteSettings& settings, const Counts& counts, std::size_t tenants)
      : settings_(settings),
        counts_(counts),
        world_({.tenants = tenants, .plugins = settings.plugins}),
        fleet_(world_, counts.threads, Curve::kP256) {}

  World& world() { return world_; }
  void set_orders(std::vector<OpenOrder> orders) { orders_ = std::move(orders); }

  // Keeps the files as they are now; every round begins with them.
  void keep_as_template() {
    kept_.emplace();
    fs::copy(world_.folder() / "data", kept_->path() / "data", fs::copy_options::recursive);
  }

  // CPU of one download, in ms.
  double round() {
    if (kept_) {
      used_ = 0;
      fs::remove_all(world_.folder() / "data");
      fs::copy(kept_->path() / "data", world_.folder() / "data", fs::copy_options::recursive);
    }
    BerthdProcess server(settings_.berthd, world_.configuration());
    ready_ms_.push_back(server.ready_ms());
    const std::span<const OpenOrder> orders(orders_);
    run_load(fleet_, server, orders.subspan(used_, counts_.warm_up), {.threads = counts_.threads});
    const LoadResult result =
        run_load(fleet_, server, orders.subspan(used_ + counts_.warm_up, counts_.measured),
                 {.threads = counts_.threads});
    used_ += counts_.a_round();
    rss_mb_ = server.rss_mb();
    server.stop();
    return result.cpu_ms();
  }

  const std::vector<double>& ready_ms() const { return ready_ms_; }
  double rss_mb() const { return rss_mb_; }

 private:
  const SuiteSettings& settings_;
  const Counts& counts_;
  World world_;
  Fleet fleet_;
  std::vector<OpenOrder> orders_;
  std::optional<TempFolder> kept_;
  std::size_t used_ = 0;
  std::vector<double> ready_ms_;
  double rss_mb_ = 0;
};

class Growth {
 public:
  explicit Growth(const SuiteSettings& settings)
      : settings_(settings), counts_(counts_of(settings.smoke)) {
    report_.suite = "growth";
  }

  Report run() {
    profiles();
    tenants();
    describe();
    return std::move(report_);
  }

 private:
  // The small side serves one round from a template of its files; the other goes on and on.
  void compare(const std::string& name, Side& small, Side& large, std::size_t rounds) {
    std::vector<double> small_ms;
    std::vector<double> large_ms;
    std::vector<double> ratios;
    for (std::size_t round = 1; round <= rounds; ++round) {
      settings_.say(name + ": round " + std::to_string(round) + " of " + std::to_string(rounds));
      // Whoever is second meets a warmer machine: take turns.
      const bool small_first = round % 2 == 1;
      const double first = small_first ? small.round() : large.round();
      const double second = small_first ? large.round() : small.round();
      small_ms.push_back(small_first ? first : second);
      large_ms.push_back(small_first ? second : first);
      ratios.push_back(large_ms.back() / small_ms.back());
    }
    report_.note(name + "_small_cpu_ms", median(small_ms), "ms of CPU a download");
    report_.note(name + "_large_cpu_ms", median(large_ms), "ms of CPU a download");
    report_.note(name + "_large_rss_mb", large.rss_mb(), "MB");
    report_.bars.push_back({name, median(ratios), Bound::kAtMost, 1.05, "ratio"});
  }

  void profiles() {
    Side small(settings_, counts_, 1);
    Side large(settings_, counts_, 1);
    settings_.say("making stock: " + std::to_string(counts_.profiles) + " profiles");
    small.world().with_host([&](host::Host& host) {
      small.set_orders(stock_rows(small.world(), host, 0, counts_.a_round(), counts_.packages,
                                  counts_.a_round(), 1));
    });
    small.keep_as_template();
    const std::size_t ordered = counts_.rounds * counts_.a_round();
    large.world().with_host([&](host::Host& host) {
      large.set_orders(
          spread(stock_rows(large.world(), host, 0, std::max(counts_.profiles, ordered),
                            counts_.packages, ordered, 1)));
    });
    compare("growth_profiles", small, large, counts_.rounds);
  }

  // Each tenant is asked twice before it is measured: a tenant's first download opens and prepares
  // what the next ones use.
  Counts counts_of_tenants() const {
    Counts counts = counts_;
    counts.rounds = (counts_.rounds + 1) / 2;
    counts.warm_up = 2 * counts_.tenants;
    counts.measured = 2 * counts_.tenants;
    return counts;
  }

  void tenants() {
    const Counts counts = counts_of_tenants();
    Side one(settings_, counts, 1);
    Side many(settings_, counts, counts.tenants);
    settings_.say("making " + std::to_string(counts.tenants) + " tenants");
    const std::size_t ordered = counts.rounds * counts.a_round();
    one.world().with_host([&](host::Host& host) {
      one.set_orders(stock_rows(one.world(), host, 0, ordered, counts_.packages, ordered, 1));
    });
    const std::size_t each = ordered / counts.tenants;
    many.world().with_host([&](host::Host& host) {
      std::vector<OpenOrder> all(ordered);
      for (std::size_t tenant = 0; tenant < counts.tenants; ++tenant) {
        auto some =
            stock_rows(many.world(), host, tenant, each, counts.packages, each, 1 + tenant * each);
        for (std::size_t i = 0; i < each; ++i)
          all[i * counts.tenants + tenant] = std::move(some[i]);
      }
      many.set_orders(std::move(all));
    });
    compare("growth_tenants", one, many, counts.rounds);
    report_.note("ready_ms_1_tenant", median(one.ready_ms()), "ms");
    report_.bars.push_back(
        {"ready_ms_200_tenants", median(many.ready_ms()), Bound::kAtMost, 1000, "ms"});
  }

  // Neighbours in the stock are not downloaded one after the other: a fixed stride over all.
  static std::vector<OpenOrder> spread(std::vector<OpenOrder> orders) {
    constexpr std::size_t kStride = 7919;  // a prime
    if (orders.size() % kStride == 0) return orders;
    std::vector<OpenOrder> mixed;
    mixed.reserve(orders.size());
    for (std::size_t i = 0; i < orders.size(); ++i) {
      mixed.push_back(std::move(orders[i * kStride % orders.size()]));
    }
    return mixed;
  }

  void describe() {
    const auto on = [&](const std::string& name, const std::string& value) {
      report_.measured_on.emplace_back(name, value);
    };
    describe_machine(report_);
    on("connections", "one a download, " + std::to_string(counts_.threads) + " devices at once");
    on("resumption", "none: a full TLS 1.3 handshake each, ECDSA P-256");
    on("profiles", std::to_string(counts_.a_round()) + " and " + std::to_string(counts_.profiles) +
                       ", sharing " + std::to_string(counts_.packages) + " packages");
    on("tenants", "1 and " + std::to_string(counts_.tenants) + ", downloads spread over all");
    on("rounds of profiles", std::to_string(counts_.rounds) + " of " +
                                 std::to_string(counts_.measured) + " downloads after " +
                                 std::to_string(counts_.warm_up) + " to warm up");
    on("rows per commit", "3 commits a download of 7, 9 and 9 rows (all durable)");
    on("hsm", "softkeys, in process");
    on("ledger", "SQLite, WAL, synchronous FULL");
  }

  const SuiteSettings& settings_;
  const Counts counts_;
  Report report_;
};

}  // namespace

Report run_growth(const SuiteSettings& settings) { return Growth(settings).run(); }

}  // namespace berth::bench
