// The table `evidence`: cards' verified notifications.

#pragma once

#include "kernel/ledger/context.h"

namespace berth::ledger {

Applied apply_change(Session& session, const ApplyContext& context, const InsertEvidence& change);

std::optional<std::uint64_t> last_install_number(Session& session, const std::string& tenant_id,
                                                 const Eid& eid, const Iccid& iccid);
std::vector<EvidenceRecord> find_evidence_of(Session& session, const std::string& tenant_id,
                                             const Eid& eid, const Iccid& iccid, std::size_t max);
bool evidence_exists(Session& session, const std::string& tenant_id, const Eid& eid,
                     std::uint64_t sequence_number, const Sha256& digest);

}  // namespace berth::ledger
