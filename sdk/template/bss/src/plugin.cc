// A connector for a BSS that reads a folder: every event is a file, every order is allowed.

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "berth/sdk/bss.h"

namespace {

using namespace berth::sdk;
using nlohmann::json;
namespace fs = std::filesystem;

class EventFiles final : public BssConnector {
 public:
  // [control] Validate the configuration here; open what you need in start().
  EventFiles(Host, const Config& config) {
    json document = json::parse(config.json(), nullptr, false);
    if (!document.is_object() || !document.value("folder", json()).is_string()) {
      throw Error(BERTH_INVALID_ARGUMENT, "event_files.config", "folder is missing");
    }
    folder_ = document.at("folder").get<std::string>();
  }

  void start(const Op&) override {
    std::error_code failed;
    fs::create_directories(folder_, failed);
    if (failed) throw Error(BERTH_UNAVAILABLE, "event_files.io", failed.message());
  }

  // [thread-safe] Decide; leave no trace. When you cannot decide, throw: that is no verdict.
  BssVerdict check_order(const Op&, std::string_view order_json) override {
    json order = json::parse(order_json, nullptr, false);
    if (!order.is_object() || (order.contains("iccid") && !order.at("iccid").is_string())) {
      throw Error(BERTH_INVALID_ARGUMENT, "bss.bad_order", "this is no order");
    }
    return {};  // or {BERTH_BSS_DENY, 0, "event_files.why", "why, for a person"}
  }

  // [serial per endpoint and lane] The same events may come again: a file's name is its event's
  // place, so what is there is there.
  void deliver(const Op& op, const BssBatch& batch, Receipts& receipts) override {
    fs::path lane = folder_ / (std::string(batch.endpoint()) + "_" + std::string(batch.lane()));
    fs::create_directories(lane);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      op.throw_if_cancelled();
      BssEvent event = batch[i];
      if (!json::parse(event.body_json, nullptr, false).is_object()) {
        receipts.park("bss.bad_event", "the body is not a JSON object");
        continue;
      }
      fs::path file = lane / (std::to_string(event.incarnation) + "-" +
                              std::to_string(event.sequence) + ".json");
      if (!fs::exists(file)) {
        fs::path fresh = file.string() + ".new";
        std::ofstream out(fresh, std::ios::binary);
        out << event.body_json;
        out.close();
        if (!out) {
          receipts.try_later("event_files.io", "the folder takes no more files", 10000);
          return;
        }
        fs::rename(fresh, file);
      }
      receipts.delivered();
    }
  }

 private:
  fs::path folder_;
};

}  // namespace

BERTH_BSS_PLUGIN(EventFiles, "example.event-files", BERTH_PLUGIN_VERSION)
