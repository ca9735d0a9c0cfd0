// A BSS that reads files: events as lines of JSON in one file a lane, orders by rules.
//
// Thread-safe after start(), with one deliver() at a time for each endpoint and lane.

#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "berth/sdk/bss.h"
#include "config.h"
#include "lane_file.h"

namespace file_feed {

class FileFeed final : public berth::sdk::BssConnector {
 public:
  static constexpr std::size_t kMaxLanes = 256;  // open files

  FileFeed(berth::sdk::Host host, const berth::sdk::Config& config)
      : host_(host), config_(parse_config(config.json())) {}

  void start(const berth::sdk::Op& op) override;
  berth::sdk::Health health(const berth::sdk::Op& op) override;
  berth::sdk::BssVerdict check_order(const berth::sdk::Op& op,
                                     std::string_view order_json) override;
  void deliver(const berth::sdk::Op& op, const berth::sdk::BssBatch& batch,
               berth::sdk::Receipts& receipts) override;
  std::string reconcile(const berth::sdk::Op& op, std::string_view cursor, std::size_t max,
                        const berth::sdk::RecordSink& out) override;

 private:
  const FileDescriptor& folder() const;
  LaneFile& lane(const berth::sdk::BssBatch& batch);

  berth::sdk::Host host_;
  const Config config_;
  FileDescriptor folder_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<LaneFile>> lanes_;  // by file name
  std::atomic<bool> failing_{false};                        // the last append failed
};

}  // namespace file_feed
