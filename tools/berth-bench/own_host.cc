#include "tools/berth-bench/own_host.h"

#include <chrono>
#include <future>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <thread>

#include "kernel/host/host.h"
#include "kernel/passthrough/door.h"
#include "tools/berth-bench/must.h"
#include "tools/berth-bench/stock.h"

namespace berth::bench {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kA = 0;
constexpr std::size_t kB = 1;
constexpr std::chrono::milliseconds kPauseOfA{50};
constexpr std::size_t kOrdersOfA = 1000;
constexpr std::size_t kOrdersOfASmoke = 100;
constexpr std::chrono::seconds kLongest{20};  // until A has done what is waited for

// A's device, which goes on whatever happens.
class Downloads {
 public:
  Downloads(Fleet& fleet, std::uint16_t port, Orders& orders)
      : thread_([this, &fleet, port, &orders](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            try {
              const OpenOrder* order = orders.next();
              if (order == nullptr) return;
              Connection connection(fleet.tls(), port, World::realm(kA));
              fleet.device(0, kA).download(connection, *order, false);
              ++done_;
            } catch (const std::exception&) {
              ++failed_;
            }
            std::this_thread::sleep_for(kPauseOfA);
          }
        }) {}

  std::size_t done() const { return done_; }
  std::size_t failed() const { return failed_; }
  // Until there is one more of these than now.
  static void await_more(const std::atomic<std::size_t>& count, const char* what) {
    const std::size_t before = count;
    for (const auto begun = Steady::now(); count == before;) {
      if (Steady::now() - begun > kLongest) {
        throw std::runtime_error(std::string("tenant A ") + what);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  void await_success() const { await_more(done_, "does not download from its own host"); }
  void await_failure() const { await_more(failed_, "is served although its host was killed"); }

 private:
  std::atomic<std::size_t> done_{0};
  std::atomic<std::size_t> failed_{0};
  std::jthread thread_;  // last: it uses both
};

WorldShape own_shape(const SuiteSettings& settings) {
  return {.tenants = 1,
          .plugins = settings.plugins,
          .host_members = R"({"es9Listen": "unix:es9.sock"})"};
}

WorldShape common_shape(const SuiteSettings& settings, const World& own) {
  return {.tenants = 2,
          .plugins = settings.plugins,
          .host_members = R"({"es9Listen": "unix:es9.sock", "door": {"listen": "127.0.0.1:0"}})",
          .endpoints = {{kA, "unix:" + (own.folder() / "es9.sock").string()}}};
}

}  // namespace

KilledHost kill_own_host(const SuiteSettings& settings, const Pace& pace_of_b) {
  World own(own_shape(settings));
  World common(common_shape(settings, own));
  std::optional<Orders> of_a;
  std::optional<Orders> of_b;
  std::unique_ptr<passthrough::Door> door;
  own.with_host([&](host::Host& host) {
    of_a.emplace(stock_packages(own, host, kA, settings.smoke ? kOrdersOfASmoke : kOrdersOfA, 0));
  });
  common.with_host([&](host::Host& host) {
    of_b.emplace(stock_packages(common, host, kB, pace_of_b.downloads, 0));
    const tenancy::Configuration& configuration = host.configuration();
    door = must(
        passthrough::Door::start(configuration.host.door.value(),
                                 std::make_shared<const passthrough::Directory>(configuration)));
  });
  Fleet fleet_of_a(own, 1, Curve::kP256);
  Fleet fleet_of_b(common, pace_of_b.threads, Curve::kP256);
  BerthdProcess shared(settings.berthd, common.configuration());
  auto host_of_a = std::make_unique<BerthdProcess>(settings.berthd, own.configuration());

  const std::chrono::duration<double> quarter(static_cast<double>(pace_of_b.downloads) /
                                              pace_of_b.per_second / 4);
  Downloads a(fleet_of_a, door->port(), *of_a);
  auto b = std::async(std::launch::async, [&] {
    return run_paced(fleet_of_b, door->port(), kB, *of_b, pace_of_b, settings.say);
  });
  KilledHost result;
  for (const bool again : {true, false}) {
    std::this_thread::sleep_for(quarter);
    a.await_success();
    host_of_a->kill_now();
    ++result.kills;
    if (!again) break;
    std::this_thread::sleep_for(quarter);
    a.await_failure();
    host_of_a = std::make_unique<BerthdProcess>(settings.berthd, own.configuration());
  }
  a.await_failure();
  const bool too_early = b.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  result.b = b.get();
  if (too_early && !settings.smoke) {
    throw std::runtime_error("tenant B was done before the last kill");
  }
  result.a_downloaded = a.done();
  result.a_failed = a.failed();
  shared.stop();
  return result;
}

}  // namespace berth::bench
