// Defect: a failure ends the process.

#include <cstdlib>

#include "working_store.h"

namespace {

using namespace working;  // NOLINT: what a plugin's file does

class Exits final : public Store {
 public:
  using Store::Store;
  ObjectInfo get(const Op&, std::string_view, std::uint64_t, std::uint64_t, const Sink&) override {
    std::exit(0);
  }
};

}  // namespace

BERTH_STORAGE_PLUGIN(Exits, "org.example.test", "1.0.0")
