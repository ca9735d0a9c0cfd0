// Defect: start sets a variable of the environment.

#include <cstdlib>

#include "working_store.h"

namespace {

using namespace working;  // NOLINT: what a plugin's file does

class SetsEnvironment final : public Store {
 public:
  using Store::Store;
  void start(const Op&) override { ::setenv("BERTH_TEST", "1", 1); }
};

}  // namespace

BERTH_STORAGE_PLUGIN(SetsEnvironment, "org.example.test", "1.0.0")
