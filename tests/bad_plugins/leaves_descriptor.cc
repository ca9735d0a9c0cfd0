// Defect: start opens a file that nobody closes.

#include <fcntl.h>

#include "working_store.h"

namespace {

using namespace working;  // NOLINT: what a plugin's file does

class LeavesDescriptor final : public Store {
 public:
  using Store::Store;
  void start(const Op&) override { ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
};

}  // namespace

BERTH_STORAGE_PLUGIN(LeavesDescriptor, "org.example.test", "1.0.0")
