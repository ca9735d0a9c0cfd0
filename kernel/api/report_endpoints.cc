#include <array>
#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"
#include "kernel/api/endpoints.h"

namespace berth::api {
namespace {

using ledger::ReportState;
using nlohmann::ordered_json;

constexpr std::int64_t kDefaultPage = 100;
constexpr std::int64_t kMaxPage = 1000;

constexpr std::array<std::pair<std::string_view, ReportState>, 4> kStates = {
    {{"pending", ReportState::kPending},
     {"delivered", ReportState::kDelivered},
     {"refused", ReportState::kRefused},
     {"dead", ReportState::kDead}}};

ordered_json describe(const ledger::ProgressReportRecord& report) {
  ordered_json one{{"reportId", report.report_id},
                   {"iccid", report.iccid.text()},
                   {"point", report.point},
                   {"tries", report.tries},
                   {"createdAt", to_rfc3339_ms(report.created_ms)}};
  if (report.state == ReportState::kPending && report.next_ms != 0) {
    one["nextAt"] = to_rfc3339_ms(report.next_ms);
  }
  if (!report.problem.empty()) one["problem"] = report.problem;
  return one;
}

}  // namespace

ingress::HttpResponse list_reports(const Call& call, context::TenantContext& tenant) {
  const Result<std::int64_t> max = call.query.number("max", kDefaultPage, kMaxPage);
  if (!max) return refuse(max.error());
  const std::string_view wanted = call.query.text("state");
  for (const auto& [name, state] : kStates) {
    if (name != wanted) continue;
    const auto reports = tenant.ledger().progress_reports(state, static_cast<std::size_t>(*max));
    if (!reports) return refuse(reports.error());
    ordered_json list = ordered_json::array();
    for (const ledger::ProgressReportRecord& report : *reports) list.push_back(describe(report));
    return answer({{"reports", std::move(list)}});
  }
  return refuse(bad_request("'state' is pending, delivered, refused or dead"));
}

ingress::HttpResponse retry_report(const Call& call, context::TenantContext& tenant,
                                   std::string_view report_id) {
  const auto due = call.services.retry_report(tenant, std::string(report_id));
  if (!due) return refuse(due.error());
  return answer({{"reportId", report_id}, {"state", "pending"}});
}

}  // namespace berth::api
