// Defect: get announces one size and delivers another.

#include "skeleton.h"

namespace {
constexpr berth_storage kTable = [] {
  berth_storage table = skeleton::kStorage;
  table.get = [](berth_instance*, const berth_op*, berth_str, std::uint64_t, std::uint64_t,
                 berth_sink* body, berth_object_info* info) noexcept -> berth_status {
    static constexpr std::uint8_t kOctets[] = {1, 2, 3};
    info->size = 4;
    return body->write(body, {kOctets, sizeof(kOctets)});
  };
  return table;
}();
}  // namespace

BERTH_TEST_STORAGE(kTable);
