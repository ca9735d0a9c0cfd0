// Defect: list emits names in descending order.

#include "skeleton.h"

namespace {
constexpr berth_storage kTable = [] {
  berth_storage table = skeleton::kStorage;
  table.list =
      [](berth_instance*, const berth_op* op, berth_str, berth_str, std::size_t, void* ctx,
         berth_status (*emit)(void*, berth_str,
                              const berth_object_info*) noexcept) noexcept -> berth_status {
    for (const char* name : {"b", "a"}) {
      if (emit(ctx, skeleton::str(name), nullptr) != BERTH_OK) {
        return skeleton::fail(op, BERTH_INTERNAL, "test.emit");
      }
    }
    return BERTH_OK;
  };
  return table;
}();
}  // namespace

BERTH_TEST_STORAGE(kTable);
