// Devices that download, and what it cost the server.

#pragma once

#include <memory>
#include <span>
#include <vector>

#include "tools/berth-bench/berthd_process.h"
#include "tools/berth-bench/device.h"

namespace berth::bench {

// One device a thread for each tenant, made before anything is measured.
class Fleet {
 public:
  Fleet(World& world, std::size_t threads, Curve curve);
  Device& device(std::size_t thread, std::size_t tenant) {
    return *devices_[tenant][thread % devices_[tenant].size()];
  }
  std::size_t threads() const { return threads_; }
  const ClientTls& tls() const { return tls_; }

 private:
  std::size_t threads_;
  ClientTls tls_;
  std::vector<std::vector<std::unique_ptr<Device>>> devices_;
};

enum class Connections { kOneADownload = 1, kKeptAlive };

struct LoadShape {
  std::size_t threads = 1;  // at most the fleet's
  Connections connections = Connections::kOneADownload;
  double per_second = 0;  // begun at this pace, evenly; 0: one after the other on each thread
  bool with_empty = false;
};

struct LoadResult {
  std::size_t downloads = 0;
  double seconds = 0;
  double server_cpu_seconds = 0;
  std::size_t package_octets = 0;  // of one bound package
  // Milliseconds, one for each download.
  std::vector<double> package_first_byte_ms;
  std::vector<double> package_ms;
  std::vector<double> empty_ms;

  double per_second() const { return static_cast<double>(downloads) / seconds; }
  double cpu_ms() const { return server_cpu_seconds * 1e3 / static_cast<double>(downloads); }
};

// Downloads every one of `orders`. Throws the first failure of any of them.
LoadResult run_load(Fleet& fleet, const BerthdProcess& server, std::span<const OpenOrder> orders,
                    const LoadShape& shape);

// One download by a whole card, which verifies every signature and MAC and takes the package
// apart. Throws when the card refuses anything.
void prove_download(World& world, const BerthdProcess& server, const OpenOrder& order, Curve curve);

}  // namespace berth::bench
