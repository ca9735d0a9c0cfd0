// Defect: start begins a thread that nobody joins.

#include <thread>

#include "working_store.h"

namespace {

using namespace working;  // NOLINT: what a plugin's file does

class LeavesThread final : public Store {
 public:
  using Store::Store;
  void start(const Op&) override {
    std::thread([] { std::this_thread::sleep_for(std::chrono::hours(1)); }).detach();
  }
};

}  // namespace

BERTH_STORAGE_PLUGIN(LeavesThread, "org.example.test", "1.0.0")
