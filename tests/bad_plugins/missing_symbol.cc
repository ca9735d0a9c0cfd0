// Defect: it needs a function that nobody has, found out only when bound.

#include "skeleton.h"

extern "C" berth_status a_function_nobody_has(berth_instance*, const berth_op*) noexcept;

namespace {
berth_status start(berth_instance* self, const berth_op* op) noexcept {
  return a_function_nobody_has(self, op);
}
}  // namespace

BERTH_TEST_PLUGIN((entry.start = start));
