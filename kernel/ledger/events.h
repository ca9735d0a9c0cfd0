// The outbox `event` and the usage facts that came with it.

#pragma once

#include "kernel/ledger/context.h"

namespace berth::ledger {

// `open` with its last brace replaced by ,"sequence":N,"incarnation":M}
std::string close_event_body(std::string_view open, std::int64_t sequence,
                             std::int64_t incarnation);

void insert_event(Session& session, const ApplyContext& context, const EventDraft& draft,
                  std::int64_t sequence);
void insert_usage(Session& session, const ApplyContext& context, const UsageDraft& draft,
                  std::int64_t sequence);

std::vector<EventRecord> events_after(Session& session, const std::string& tenant_id,
                                      std::int64_t after, std::size_t max);
std::vector<UsageRecord> usage_after(Session& session, const std::string& tenant_id,
                                     std::int64_t after, std::size_t max);

}  // namespace berth::ledger
