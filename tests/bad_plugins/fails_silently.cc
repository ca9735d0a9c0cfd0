// Defect: get fails without saying why.

#include "working_store.h"

BERTH_TEST_WORKING_TABLE((table.get = [](berth_instance*, const berth_op*, berth_str, std::uint64_t,
                                         std::uint64_t, berth_sink*,
                                         berth_object_info*) noexcept -> berth_status {
  return BERTH_NOT_FOUND;
}));
