// Defect: get never comes back.

#include <thread>

#include "working_store.h"

namespace {

using namespace working;  // NOLINT: what a plugin's file does

class Hangs final : public Store {
 public:
  using Store::Store;
  ObjectInfo get(const Op&, std::string_view, std::uint64_t, std::uint64_t, const Sink&) override {
    for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));
  }
};

}  // namespace

BERTH_STORAGE_PLUGIN(Hangs, "org.example.test", "1.0.0")
