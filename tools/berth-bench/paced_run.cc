#include "tools/berth-bench/paced_run.h"

#include <chrono>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace berth::bench {
namespace {

using Steady = std::chrono::steady_clock;

Steady::duration seconds(double count) {
  return std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(count));
}

}  // namespace

PacedRun run_paced(Fleet& fleet, std::uint16_t port, std::size_t tenant, Orders& orders,
                   const Pace& pace, const std::function<void(const std::string&)>& say) {
  PacedRun result;
  std::mutex mutex;
  std::atomic<std::size_t> next{0};
  const auto begun = Steady::now();
  const auto work = [&](std::size_t thread) {
    for (std::size_t i = next++; i < pace.downloads; i = next++) {
      std::this_thread::sleep_until(begun + seconds(static_cast<double>(i) / pace.per_second));
      const auto started = Steady::now();
      std::string failure;
      try {
        const OpenOrder* order = orders.next();
        if (order == nullptr) throw std::runtime_error("no order is left");
        Connection connection(fleet.tls(), port, World::realm(tenant));
        fleet.device(thread, tenant).download(connection, *order, false);
      } catch (const std::exception& e) {
        failure = e.what();
      }
      const std::chrono::duration<double, std::milli> took = Steady::now() - started;
      const std::lock_guard lock(mutex);
      if (failure.empty()) {
        result.ms.push_back(took.count());
      } else {
        ++result.failed;
        say("a download of " + World::tenant_id(tenant) + " failed: " + failure);
      }
    }
  };
  std::vector<std::jthread> threads;
  for (std::size_t thread = 0; thread < pace.threads; ++thread) threads.emplace_back(work, thread);
  threads.clear();
  return result;
}

}  // namespace berth::bench
