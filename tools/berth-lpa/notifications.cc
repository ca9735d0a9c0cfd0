// Sending what the card has signed (SGP.22 §3.5).

#include <set>

#include "tools/berth-lpa/lpa.h"

namespace berth::lpa {

std::vector<NotificationReport> Lpa::send_notifications() { return send_notifications_from(0); }

std::vector<NotificationReport> Lpa::send_notifications_from(std::uint64_t first) {
  std::vector<NotificationReport> reports;
  std::set<std::string> unreachable;
  // A copy: removing one changes the card's list.
  const std::vector<euicc::Notification> pending = card_.state().notifications;
  for (const euicc::Notification& notification : pending) {
    if (notification.sequence_number < first) continue;
    NotificationReport report{notification.sequence_number, notification.address, std::nullopt};
    if (unreachable.count(notification.address) != 0) {
      Failure failure;
      failure.kind = FailureKind::kNetwork;
      failure.step = "handle notification";
      failure.reason = "lpa.network";
      failure.message = "not tried: this address failed a moment ago";
      report.failure = std::move(failure);
      reports.push_back(std::move(report));
      continue;
    }
    const Outcome<void> taken =
        Es9Client(transport_, notification.address, binding_).handle_notification(notification.der);
    if (!taken) {
      unreachable.insert(notification.address);
      report.failure = taken.error();
    } else if (const auto removed = card_.remove_notification(notification.sequence_number);
               !removed) {
      report.failure = Failure::of_card("remove notification", removed.error());
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace berth::lpa
