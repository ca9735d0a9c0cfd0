// Defect: start refuses, as it may; destroy must follow.

#include "berth/abi/host.h"
#include "skeleton.h"

namespace {
berth_status start(berth_instance*, const berth_op* op) noexcept {
  return op->fail(op, BERTH_UNAVAILABLE, skeleton::str("test.start"),
                  skeleton::str("the device\x1b[2J is away"), 1500);
}
void destroy(berth_instance* self) noexcept {
  const auto* log =
      static_cast<const berth_host_log*>(self->host->get_interface(self->host, BERTH_HOST_LOG_V1));
  log->write(self->host, BERTH_LOG_INFO, skeleton::str("destroyed"), nullptr, 0);
  delete self;
}
}  // namespace

BERTH_TEST_PLUGIN((entry.start = start, entry.destroy = destroy));
