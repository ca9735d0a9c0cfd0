// Defect: put succeeds without reading the body.

#include "skeleton.h"

namespace {
constexpr berth_storage kTable = [] {
  berth_storage table = skeleton::kStorage;
  table.put = [](berth_instance*, const berth_op*, berth_str, const berth_object_put* options,
                 berth_source*, berth_object_info* info) noexcept -> berth_status {
    info->size = options->content_len;
    return BERTH_OK;
  };
  return table;
}();
}  // namespace

BERTH_TEST_STORAGE(kTable);
