// Defect: the HSM table has no sign function.

#include "skeleton.h"

namespace {
constexpr berth_hsm kTable = [] {
  berth_hsm table = skeleton::kHsm;
  table.sign = nullptr;
  return table;
}();
}  // namespace

BERTH_TEST_HSM(kTable);
