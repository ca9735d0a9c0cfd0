// The rows of the audit chain.

#pragma once

#include "kernel/base/random.h"
#include "kernel/ledger/plan.h"
#include "kernel/ledger/tenant_ledger.h"

namespace berth::ledger {

// Written by a purge; never purged itself, for it vouches for what is missing.
inline constexpr std::string_view kPurgedType = "audit.purged";

// Adds the record after head.last_audit_sequence and moves `head` on to it (in memory).
void append_audit(Session& session, const std::string& tenant_id, UnixMs time_ms,
                  const UnitPlan& plan, TenantHead& head);

struct StoredAudit {
  std::int64_t format = 0;
  AuditRecord record;
};
std::vector<StoredAudit> audit_after(Session& session, const std::string& tenant_id,
                                     std::int64_t after, std::size_t max);
std::vector<AuditRecord> audit_records_after(Session& session, const std::string& tenant_id,
                                             std::int64_t after, std::size_t max);
std::vector<AuditRecord> audit_about(Session& session, const std::string& tenant_id,
                                     const std::string& subject_ref, std::size_t max);

// The last sequence of the longest run from the start whose records are all at or before
// `up_to_ms`; 0: none.
std::int64_t last_purgeable(Session& session, const std::string& tenant_id, UnixMs up_to_ms);
// Deletes payload and salt of at most `max` records at or before `through`; how many it were.
std::int64_t purge_payloads(Session& session, const std::string& tenant_id, std::int64_t through,
                            std::int64_t max);
std::string purge_payload_json(std::int64_t through);
// The `through` of a purge record's payload; 0 when it is not one.
std::int64_t purged_through(std::string_view payload);

}  // namespace berth::ledger
