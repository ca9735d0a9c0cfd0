// Defect: get reads where nothing is.

#include "working_store.h"

namespace {

using namespace working;  // NOLINT: what a plugin's file does

class Crashes final : public Store {
 public:
  using Store::Store;
  ObjectInfo get(const Op& op, std::string_view name, std::uint64_t offset, std::uint64_t length,
                 const Sink& body) override {
    static const int* volatile nowhere = nullptr;
    if (*nowhere == 1) return {};
    return Store::get(op, name, offset, length, body);
  }
};

}  // namespace

BERTH_STORAGE_PLUGIN(Crashes, "org.example.test", "1.0.0")
