// The table `pending_notification`: taken in a storm, not yet verified.

#pragma once

#include "kernel/ledger/plan.h"

namespace berth::ledger {

Steps plan_change(const std::string& tenant_id, const InsertPendingNotification& change);
Steps plan_change(const std::string& tenant_id, const DropPendingNotification& change);
std::span<const Statement> pending_notification_writes();
// The same octets twice are kDuplicate.

// In the order of their commits.
std::vector<PendingNotificationRecord> first_pending_notifications(Session& session,
                                                                   const std::string& tenant_id,
                                                                   std::size_t max);
std::int64_t count_pending_notifications(Session& session, const std::string& tenant_id);

}  // namespace berth::ledger
