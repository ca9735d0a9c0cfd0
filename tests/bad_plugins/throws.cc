// Defect: an exception leaves get and crosses the C boundary.

#include <stdexcept>

#include "working_store.h"

namespace {

berth_status get(berth_instance*, const berth_op*, berth_str, std::uint64_t, std::uint64_t,
                 berth_sink*, berth_object_info*) {
  throw std::runtime_error("thrown by a plugin");
}

}  // namespace

BERTH_TEST_WORKING_TABLE((table.get = [](berth_instance* self, const berth_op* op, berth_str name,
                                         std::uint64_t offset, std::uint64_t length,
                                         berth_sink* body,
                                         berth_object_info* info) noexcept -> berth_status {
  return get(self, op, name, offset, length, body, info);
}));
