#include "kernel/smdpplus/progress_report.h"

#include <algorithm>

#include "kernel/rsp/sgp22/es2_messages.h"

namespace berth::smdpplus {

void add_progress(const context::TenantContext& tenant, ledger::Unit& unit,
                  const Progress& progress) {
  const auto& endpoint = tenant.configuration().progress;
  if (!endpoint || std::find(endpoint->points.begin(), endpoint->points.end(), progress.point) ==
                       endpoint->points.end()) {
    return;
  }
  const auto position =
      std::count_if(unit.changes.begin(), unit.changes.end(), [](const ledger::Change& change) {
        return std::holds_alternative<ledger::InsertProgressReport>(change);
      });
  ledger::ProgressReportRecord report{.report_id = tenant.random().uuid_at(tenant.clock().now_ms()),
                                      .position = static_cast<std::uint32_t>(position),
                                      .iccid = progress.iccid,
                                      .point = progress.point};
  report.body =
      rsp::sgp22::progress_info_json({.header = {endpoint->requester_identifier, report.report_id},
                                      .eid = progress.eid,
                                      .iccid = progress.iccid,
                                      .profile_type = progress.profile_type,
                                      .time_ms = tenant.clock().now_ms(),
                                      .point = progress.point,
                                      .failure = progress.failure,
                                      .result_data = progress.result_data});
  unit.changes.push_back(ledger::InsertProgressReport{std::move(report)});
}

}  // namespace berth::smdpplus
