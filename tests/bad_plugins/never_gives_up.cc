// Defect: put reads to the end, whoever has given up.

#include "working_store.h"

namespace {

using namespace working;  // NOLINT: what a plugin's file does

class NeverGivesUp final : public Store {
 public:
  using Store::Store;
  ObjectInfo put(const Op&, std::string_view name, const PutOptions& options,
                 const Source& body) override {
    berth_op nobody{};
    return Store::put(Op(&nobody), name, options, body);
  }
};

}  // namespace

BERTH_STORAGE_PLUGIN(NeverGivesUp, "org.example.test", "1.0.0")
