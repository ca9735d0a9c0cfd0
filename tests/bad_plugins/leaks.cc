// Defect: each get leaves 100 octets behind.

#include "working_store.h"

namespace {

using namespace working;  // NOLINT: what a plugin's file does

class Leaks final : public Store {
 public:
  using Store::Store;
  ObjectInfo get(const Op& op, std::string_view name, std::uint64_t offset, std::uint64_t length,
                 const Sink& body) override {
    lost = new char[100];
    return Store::get(op, name, offset, length, body);
  }
};

}  // namespace

BERTH_STORAGE_PLUGIN(Leaks, "org.example.test", "1.0.0")
