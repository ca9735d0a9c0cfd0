// Defect: sign answers 63 octets and calls it success.

#include "skeleton.h"

namespace {
constexpr berth_hsm kTable = [] {
  berth_hsm table = skeleton::kHsm;
  table.sign = [](berth_instance*, const berth_op*, berth_hsm_key*, std::uint32_t, berth_bytes,
                  berth_buf* out) noexcept -> berth_status { return skeleton::fill(out, 63); };
  return table;
}();
}  // namespace

BERTH_TEST_HSM(kTable);
