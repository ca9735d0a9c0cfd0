// Defect: open_key reports a failure and then hands out a key with success. It logs every close.

#include "berth/abi/host.h"
#include "skeleton.h"

namespace {
constexpr berth_hsm kTable = [] {
  berth_hsm table = skeleton::kHsm;
  table.open_key = [](berth_instance*, const berth_op* op, berth_str,
                      berth_hsm_key** out) noexcept -> berth_status {
    skeleton::fail(op, BERTH_UNAVAILABLE, "test.contradiction");
    *out = skeleton::the_key();
    return BERTH_OK;
  };
  table.close_key = [](berth_instance* self, berth_hsm_key*) noexcept {
    const auto* log = static_cast<const berth_host_log*>(
        self->host->get_interface(self->host, BERTH_HOST_LOG_V1));
    log->write(self->host, BERTH_LOG_WARN, skeleton::str("key closed"), nullptr, 0);
  };
  return table;
}();
}  // namespace

BERTH_TEST_HSM(kTable);
