// The table `evidence`: cards' verified notifications.

#pragma once

#include "kernel/ledger/plan.h"

namespace berth::ledger {

Steps plan_change(const std::string& tenant_id, const InsertEvidence& change);
std::span<const Statement> evidence_writes();

std::vector<EvidenceRecord> find_evidence_of(Session& session, const std::string& tenant_id,
                                             const Eid& eid, const Iccid& iccid, std::size_t max);
bool evidence_exists(Session& session, const std::string& tenant_id, const Eid& eid,
                     std::uint64_t sequence_number, const Sha256& digest);

}  // namespace berth::ledger
