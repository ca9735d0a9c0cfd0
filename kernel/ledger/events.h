// The outbox `event` and the usage facts that came with it.

#pragma once

#include "kernel/ledger/plan.h"

namespace berth::ledger {

// The draft's body with its last brace replaced by ,"sequence":N,"incarnation":M}
Step plan_event(const std::string& tenant_id, const EventDraft& draft);
Step plan_usage(const std::string& tenant_id, const UsageDraft& draft);
std::span<const Statement> event_writes();

std::vector<EventRecord> events_after(Session& session, const std::string& tenant_id,
                                      std::int64_t after, std::size_t max);
std::vector<UsageRecord> usage_after(Session& session, const std::string& tenant_id,
                                     std::int64_t after, std::size_t max);

}  // namespace berth::ledger
