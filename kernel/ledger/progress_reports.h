// The table `progress_report`: what the operator is still to be told, and what it was told.

#pragma once

#include "kernel/ledger/plan.h"

namespace berth::ledger {

Steps plan_change(const std::string& tenant_id, const InsertProgressReport& change);
Steps plan_change(const std::string& tenant_id, const UpdateProgressReport& change);
std::span<const Statement> progress_report_writes();
// The commit's number is the unit's own; two at one position for one ICCID are kDuplicate.
// What was reported and its place in the order stay as they were inserted.

// Each ICCID's first pending one, if it is due. Nothing else holds one back.
std::vector<ProgressReportRecord> progress_reports_due(Session& session,
                                                       const std::string& tenant_id, UnixMs now,
                                                       std::size_t max);
std::vector<ProgressReportRecord> progress_reports_in(Session& session,
                                                      const std::string& tenant_id,
                                                      ReportState state, std::size_t max);
std::optional<ProgressReportRecord> find_progress_report(Session& session,
                                                         const std::string& tenant_id,
                                                         const std::string& report_id);

}  // namespace berth::ledger
