#include "kernel/smdpplus/rearm_reminder.h"

namespace berth::smdpplus {
namespace {

// No DER begins so; a part of the ledger's frozen formats.
constexpr std::string_view kMark = "rearm ";

}  // namespace

ledger::PendingNotificationRecord rearm_reminder(const std::string& order_id) {
  ledger::PendingNotificationRecord record;
  record.notification = to_bytes(as_bytes(std::string(kMark) + order_id));
  record.digest = sha256(record.notification);
  return record;
}

std::optional<std::string> order_reminded_of(ByteView octets) {
  const std::string text(octets.begin(), octets.end());
  if (!text.starts_with(kMark)) return std::nullopt;
  return text.substr(kMark.size());
}

}  // namespace berth::smdpplus
