// That an order which ended by a signed permanent failure is still to be armed again by policy.
//
// Written among the deferred notifications by the commit of the failure: whoever works those off
// finds it, also after a crash between that commit and the new order. Private to this folder.

#pragma once

#include <optional>
#include <string>

#include "kernel/ledger/records.h"

namespace berth::smdpplus {

// One row for each order, however often it is written.
ledger::PendingNotificationRecord rearm_reminder(const std::string& order_id);
// The order; empty: these octets are a card's notification.
std::optional<std::string> order_reminded_of(ByteView octets);

}  // namespace berth::smdpplus
