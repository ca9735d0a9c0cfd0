// Defect: an open file would go to every child of the host.

#include <fcntl.h>
#include <unistd.h>

#include "working_store.h"

namespace {

using namespace working;  // NOLINT: what a plugin's file does

class LendsDescriptor final : public Store {
 public:
  using Store::Store;
  ~LendsDescriptor() override { ::close(file_); }
  void start(const Op&) override { file_ = ::open("/dev/null", O_RDONLY); }

 private:
  int file_ = -1;
};

}  // namespace

BERTH_STORAGE_PLUGIN(LendsDescriptor, "org.example.test", "1.0.0")
