// Defect: none. The control of those that work.

#include "working_store.h"

namespace {

using namespace working;  // NOLINT: what a plugin's file does

class Working final : public Store {
 public:
  using Store::Store;
};

}  // namespace

BERTH_STORAGE_PLUGIN(Working, "org.example.test", "1.0.0")
