// Defect: create succeeds without an instance.

#include "skeleton.h"

BERTH_TEST_PLUGIN((entry.create = [](const berth_host*, const berth_op*, berth_str,
                                     berth_instance**) noexcept -> berth_status {
  return BERTH_OK;
}));
