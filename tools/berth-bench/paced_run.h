// A tenant that downloads at a steady pace, and what of it went wrong.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tools/berth-bench/load.h"
#include "tools/berth-bench/report.h"

namespace berth::bench {

// Orders handed out one by one. Thread-safe.
class Orders {
 public:
  explicit Orders(std::vector<OpenOrder> all) : all_(std::move(all)) {}
  const OpenOrder* next() {  // nullptr: none is left
    const std::size_t at = next_++;
    return at < all_.size() ? &all_[at] : nullptr;
  }

 private:
  std::vector<OpenOrder> all_;
  std::atomic<std::size_t> next_{0};
};

struct Pace {
  std::size_t downloads = 0;
  double per_second = 1;    // begun, evenly
  std::size_t threads = 1;  // at most the fleet's
};

struct PacedRun {
  std::vector<double> ms;  // of whole downloads that ended well, their handshakes included
  std::size_t failed = 0;

  double success() const {  // percent
    return 100.0 * static_cast<double>(ms.size()) / static_cast<double>(ms.size() + failed);
  }
  double p99() const { return quantile(ms, 0.99); }
};

// Every download has a connection of its own to this port of the machine itself. A failure is
// counted and told to `say`; so is an order that is not there.
PacedRun run_paced(Fleet& fleet, std::uint16_t port, std::size_t tenant, Orders& orders,
                   const Pace& pace, const std::function<void(const std::string&)>& say);

}  // namespace berth::bench
