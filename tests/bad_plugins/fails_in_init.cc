// Defect: init refuses, as it may.

#include "skeleton.h"

BERTH_TEST_PLUGIN((entry.init = [](const berth_host*, const berth_op* op) noexcept -> berth_status {
  return skeleton::fail(op, BERTH_UNAVAILABLE, "test.init");
}));
