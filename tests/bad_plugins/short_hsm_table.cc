// Defect: the HSM table ends before its last slots.

#include "skeleton.h"

namespace {
constexpr berth_hsm kTable = [] {
  berth_hsm table = skeleton::kHsm;
  table.struct_size = offsetof(berth_hsm, wrap);
  return table;
}();
}  // namespace

BERTH_TEST_HSM(kTable);
