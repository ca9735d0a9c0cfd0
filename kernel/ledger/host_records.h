// The host's table `host_record`: documents with a state, guarded by their revision.

#pragma once

#include "kernel/ledger/host_ledger.h"
#include "kernel/ledger/plan.h"

namespace berth::ledger {

// An insert for from_revision 0, else the next revision of the row that was read.
Step plan_host_record(const HostRecord& next, std::int64_t from_revision);
std::span<const Statement> host_record_writes();

std::optional<HostRecord> find_host_record(Session& session, const std::string& kind,
                                           const std::string& record_id);
// Ascending ids after `after`; of every state when `state` is empty.
std::vector<HostRecord> host_records(Session& session, const std::string& kind,
                                     const std::string& state, const std::string& after,
                                     std::size_t max);

}  // namespace berth::ledger
