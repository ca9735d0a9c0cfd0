// The table `pending_notification`: taken in a storm, not yet verified.

#pragma once

#include "kernel/ledger/context.h"

namespace berth::ledger {

// The same octets twice are kDuplicate.
Applied apply_change(Session& session, const ApplyContext& context,
                     const InsertPendingNotification& change);
Applied apply_change(Session& session, const ApplyContext& context,
                     const DropPendingNotification& change);

// In the order of their commits.
std::vector<PendingNotificationRecord> first_pending_notifications(Session& session,
                                                                   const std::string& tenant_id,
                                                                   std::size_t max);
std::int64_t count_pending_notifications(Session& session, const std::string& tenant_id);

}  // namespace berth::ledger
