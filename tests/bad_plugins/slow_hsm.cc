// Defect: sign lasts until its caller gives up, and then says that it succeeded.

#include <thread>

#include "skeleton.h"

namespace {
constexpr berth_hsm kTable = [] {
  berth_hsm table = skeleton::kHsm;
  table.sign = [](berth_instance*, const berth_op* op, berth_hsm_key*, std::uint32_t, berth_bytes,
                  berth_buf* out) noexcept -> berth_status {
    while (!op->cancelled(op)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return skeleton::fill(out, 64);
  };
  return table;
}();
}  // namespace

BERTH_TEST_HSM(kTable);
