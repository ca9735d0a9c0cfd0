// Defect: create fails without saying why.

#include "skeleton.h"

BERTH_TEST_PLUGIN((entry.create = [](const berth_host*, const berth_op*, berth_str,
                                     berth_instance**) noexcept -> berth_status {
  return BERTH_INVALID_ARGUMENT;
}));
