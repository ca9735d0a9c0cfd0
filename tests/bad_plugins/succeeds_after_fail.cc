// Defect: create reports a failure and then returns success, with an instance.

#include "skeleton.h"

BERTH_TEST_PLUGIN((entry.create = [](const berth_host* host, const berth_op* op, berth_str,
                                     berth_instance** out) noexcept -> berth_status {
  skeleton::fail(op, BERTH_UNAVAILABLE, "test.contradiction");
  *out = new berth_instance{host};
  return BERTH_OK;
}));
