// Defect: start changes the current folder.

#include <unistd.h>

#include "working_store.h"

namespace {

using namespace working;  // NOLINT: what a plugin's file does

class ChangesFolder final : public Store {
 public:
  using Store::Store;
  void start(const Op&) override {
    if (::chdir("/") != 0) throw Error(BERTH_INTERNAL, "test.chdir", "no root");
  }
};

}  // namespace

BERTH_STORAGE_PLUGIN(ChangesFolder, "org.example.test", "1.0.0")
