// Defect: start ignores SIGPIPE for the whole process.

#include <csignal>

#include "working_store.h"

namespace {

using namespace working;  // NOLINT: what a plugin's file does

class HandlesSignals final : public Store {
 public:
  using Store::Store;
  void start(const Op&) override { std::signal(SIGPIPE, SIG_IGN); }
};

}  // namespace

BERTH_STORAGE_PLUGIN(HandlesSignals, "org.example.test", "1.0.0")
