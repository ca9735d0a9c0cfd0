// Defect: what a call keeps in the instance is overwritten by the next one.

#include <mutex>
#include <thread>

#include "working_store.h"

namespace {

using namespace working;  // NOLINT: what a plugin's file does

class Races final : public Store {
 public:
  using Store::Store;
  ObjectInfo get(const Op& op, std::string_view name, std::uint64_t offset, std::uint64_t length,
                 const Sink& body) override {
    keep(name);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return Store::get(op, kept(), offset, length, body);
  }

 private:
  void keep(std::string_view name) {
    const std::lock_guard lock(mutex_);
    last_ = name;
  }
  std::string kept() {
    const std::lock_guard lock(mutex_);
    return last_;
  }

  std::mutex mutex_;
  std::string last_;
};

}  // namespace

BERTH_STORAGE_PLUGIN(Races, "org.example.test", "1.0.0")
