// Defect: an instance leaves a table of 10,000 octets behind.

#include "working_store.h"

namespace {

using namespace working;  // NOLINT: what a plugin's file does

class LeaksInstances final : public Store {
 public:
  using Store::Store;
  void start(const Op&) override { lost = new char[10'000]; }
};

}  // namespace

BERTH_STORAGE_PLUGIN(LeaksInstances, "org.example.test", "1.0.0")
