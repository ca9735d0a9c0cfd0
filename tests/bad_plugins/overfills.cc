// Defect: says it wrote more than there was room for.

#include "skeleton.h"

namespace {
constexpr berth_hsm kTable = [] {
  berth_hsm table = skeleton::kHsm;
  table.agree = [](berth_instance*, const berth_op*, berth_hsm_key*, const berth_hsm_agree* params,
                   berth_buf* out, berth_hsm_key**) noexcept -> berth_status {
    out->len = params->output_len + 1000;
    return BERTH_OK;
  };
  return table;
}();
}  // namespace

BERTH_TEST_HSM(kTable);
