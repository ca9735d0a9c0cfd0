#include "kernel/smdpplus/rearm_reminder.h"

#include <catch2/catch.hpp>

#include "kernel/rsp/sgp22/messages.h"

namespace berth::smdpplus {

TEST_CASE("a reminder tells its order and is never taken for a notification",
          "[smdpplus][R107:part]") {
  const auto record = rearm_reminder("order-1");
  CHECK(record.digest == sha256(record.notification));
  CHECK(record.digest == rearm_reminder("order-1").digest);
  CHECK(record.digest != rearm_reminder("order-2").digest);
  CHECK(order_reminded_of(record.notification) == "order-1");
  CHECK_FALSE(rsp::sgp22::parse_pending_notification(record.notification).ok());
  for (const std::string_view other : {"", "rearm", "Rearm 1", "\xBF\x37\x00"}) {
    CHECK_FALSE(order_reminded_of(as_bytes(other)).has_value());
  }
}

}  // namespace berth::smdpplus
