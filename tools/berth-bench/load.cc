#include "tools/berth-bench/load.h"

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "tools/berth-bench/must.h"
#include "tools/berth-lpa/https_transport.h"
#include "tools/berth-lpa/lpa.h"
#include "tools/euicc/card_setup.h"

namespace berth::bench {
namespace {

using Clock = std::chrono::steady_clock;

// A connection serves 1,000 requests; four a download and one more when the empty one is asked for.
constexpr std::size_t kDownloadsPerConnection = 150;

double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

class Run {
 public:
  Run(Fleet& fleet, const BerthdProcess& server, std::span<const OpenOrder> orders,
      const LoadShape& shape)
      : fleet_(fleet),
        port_(server.es9_port()),
        orders_(orders),
        shape_(shape),
        times_(orders.size()) {}

  LoadResult run(const BerthdProcess& server) {
    LoadResult result;
    const double cpu_before = server.cpu_seconds();
    begun_ = Clock::now();
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < shape_.threads; ++i) {
        threads.emplace_back([this, i] { work(i); });
      }
    }
    result.seconds = std::chrono::duration<double>(Clock::now() - begun_).count();
    result.server_cpu_seconds = server.cpu_seconds() - cpu_before;
    if (failure_) std::rethrow_exception(failure_);
    result.downloads = orders_.size();
    for (const DownloadTimes& times : times_) {
      result.package_octets = times.package_octets;
      result.package_first_byte_ms.push_back(milliseconds(times.package_first_byte));
      result.package_ms.push_back(milliseconds(times.package_whole));
      if (shape_.with_empty) result.empty_ms.push_back(milliseconds(times.empty));
    }
    return result;
  }

 private:
  void work(std::size_t thread) {
    try {
      std::unique_ptr<Connection> connection;
      std::size_t tenant = 0;
      std::size_t used = 0;
      for (std::size_t i = next_++; i < orders_.size(); i = next_++) {
        if (shape_.per_second > 0) await_turn(i);
        const OpenOrder& order = orders_[i];
        if (!connection || tenant != order.tenant || used == kDownloadsPerConnection) {
          connection.reset();
          connection =
              std::make_unique<Connection>(fleet_.tls(), port_, World::realm(order.tenant));
          tenant = order.tenant;
          used = 0;
        }
        Device& device = fleet_.device(thread, order.tenant);
        times_[i] = device.download(*connection, order, shape_.with_empty);
        ++used;
        if (shape_.connections == Connections::kOneADownload) connection.reset();
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      next_ = orders_.size();
    }
  }

  void await_turn(std::size_t i) const {
    std::this_thread::sleep_until(
        begun_ + std::chrono::duration_cast<Clock::duration>(
                     std::chrono::duration<double>(static_cast<double>(i) / shape_.per_second)));
  }

  Fleet& fleet_;
  const std::uint16_t port_;
  std::span<const OpenOrder> orders_;
  const LoadShape shape_;
  std::vector<DownloadTimes> times_;
  Clock::time_point begun_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::exception_ptr failure_;
};

}  // namespace

Fleet::Fleet(World& world, std::size_t threads, Curve curve)
    : threads_(threads), tls_(world.ci(world.shape().curves.front()).issued().certificate) {
  for (std::size_t tenant = 0; tenant < world.shape().tenants; ++tenant) {
    auto& devices = devices_.emplace_back();
    for (std::size_t thread = 0; thread < threads; ++thread) {
      const std::size_t number = thread * 2 + (curve == Curve::kP256 ? 0U : 1U);
      devices.push_back(std::make_unique<Device>(world, tenant, number, curve));
    }
  }
}

LoadResult run_load(Fleet& fleet, const BerthdProcess& server, std::span<const OpenOrder> orders,
                    const LoadShape& shape) {
  if (shape.threads > fleet.threads()) throw std::runtime_error("more threads than devices");
  return Run(fleet, server, orders, shape).run(server);
}

void prove_download(World& world, const BerthdProcess& server, const OpenOrder& order,
                    Curve curve) {
  constexpr std::size_t kCardNumber = 999'999;
  const testpki::Issued issued = world.issue_card(order.tenant, kCardNumber, curve);
  const SecretBytes key = issued.key_pem();
  euicc::CardSetup setup;
  setup.credentials.push_back(
      {issued.certificate, to_bytes(key.view()), world.eum(curve).issued().certificate});
  setup.ci_certificates = {world.ci(curve).issued().certificate};
  euicc::NullStore store;
  auto card = must(euicc::Card::open(must(euicc::new_card(setup, world.clock().now_ms())), store,
                                     world.random(), world.clock()));
  lpa::HttpsOptions https;
  https.authorities = {world.ci(world.shape().curves.front()).issued().certificate};
  https.connect = lpa::HttpsOptions::Address{"127.0.0.1", server.es9_port()};
  lpa::HttpsTransport transport(https);
  lpa::Lpa lpa(*card, transport, world.clock(), [](const lpa::Step&, bool) {});
  const auto code = must(rsp::sgp22::ActivationCode::parse("1$" + World::realm(order.tenant) + "$" +
                                                           order.matching_id));
  lpa::DownloadOptions options;
  options.device = {{0x35, 0x00, 0x00, 0x00}, {}};
  const auto report = lpa.download(code, options);
  if (!report) throw std::runtime_error(report.error().step + ": " + report.error().message);
  if (!card->state().notifications.empty()) throw std::runtime_error("the result was not taken");
}

}  // namespace berth::bench
