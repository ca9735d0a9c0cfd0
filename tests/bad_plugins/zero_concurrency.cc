// Defect: it allows no call in flight.

#include "skeleton.h"

namespace {
constexpr berth_hsm kTable = [] {
  berth_hsm table = skeleton::kHsm;
  table.limits = [](berth_instance*, const berth_op*,
                    berth_hsm_limits* out) noexcept -> berth_status {
    out->max_concurrency = 0;
    return BERTH_OK;
  };
  return table;
}();
}  // namespace

BERTH_TEST_HSM(kTable);
