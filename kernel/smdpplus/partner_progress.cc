#include "kernel/smdpplus/partner_progress.h"

#include "kernel/rsp/sgp22/messages.h"
#include "kernel/rsp/sgp22/status_codes.h"
#include "kernel/smdpplus/drafts.h"
#include "kernel/smdpplus/idempotency.h"
#include "kernel/smdpplus/progress_report.h"
#include "kernel/smdpplus/result_code.h"

namespace berth::smdpplus {
namespace {

namespace sgp22 = rsp::sgp22;
using sgp22::ReportedProgress;

constexpr std::string_view kTaken = "204";
// What a failed installation is called whose reason nobody told.
constexpr std::uint64_t kNoReason = 127;

// The card's own ErrorReason, when the report has the result it comes from.
Result<std::optional<std::uint64_t>, Failure> told_reason(const ReportedProgress& report) {
  if (report.result_data.empty()) return std::optional<std::uint64_t>();
  const auto malformed = [](const char* why) {
    return Failure(sgp22::request_malformed(std::string("resultData is ") + why));
  };
  const auto read = sgp22::parse_pending_notification(report.result_data);
  const auto* result =
      read ? std::get_if<sgp22::ProfileInstallationResult>(&read->notification) : nullptr;
  if (result == nullptr) return malformed("no ProfileInstallationResult");
  if (result->metadata.iccid != report.iccid) return malformed("of another profile");
  const auto* failed = std::get_if<sgp22::ProfileInstallationResult::Failure>(&result->result);
  if ((failed != nullptr) != report.failure.has_value()) return malformed("of another outcome");
  return failed == nullptr ? std::optional<std::uint64_t>() : std::optional(failed->error_reason);
}

// Without the card's word by the pair, which several reasons may share.
std::string failure_code(const rsp::RspError& failure, const std::optional<std::uint64_t>& reason) {
  if (reason) return install_error_code(*reason);
  for (const ResultEntry& entry : result_registry()) {
    if (entry.result == "FAILED" && entry.pair == failure.pair()) return entry.code;
  }
  return install_error_code(kNoReason);
}

Result<void, Failure> check_ours(const context::TenantContext& tenant,
                                 const ReportedProgress& report) {
  if (report.eid && !tenant.confirm(*report.eid)) {
    return Failure(sgp22::eid_refused("the EID is none of this tenant's cards"));
  }
  if (!tenant.confirm(report.iccid)) return Failure(sgp22::profile_unknown());
  return {};
}

// What one point becomes. `audit` alone always; usage only with an event.
struct Telling {
  std::string_view audit;
  std::string_view event = {};
  std::string_view stage = {};
  std::string_view usage = {};
};

Telling telling_of(const ReportedProgress& report) {
  const bool failed = report.failure.has_value();
  switch (report.point) {
    case kPointEligibility:
      if (failed) return {"download.refused"};
      return {"download.authenticated", "downloadProgress", "authenticated", "download.attempted"};
    case kPointConfirmationCode:
      return {failed ? "order.code_refused" : "download.code_accepted"};
    case kPointDelivered:
      if (failed) return {"download.refused"};
      return {"download.bound", "profileBound", "bound", "download.bound"};
    default:
      if (failed) return {"download.failed", "profileDownloadResult", "", "download.failed"};
      return {"download.installed", "profileDownloadResult", "", "profile.downloaded"};
  }
}

ledger::Unit unit_of(const context::TenantContext& tenant, const ReportedProgress& report,
                     const std::optional<std::uint64_t>& reason) {
  const Telling telling = telling_of(report);
  const bool failed = report.failure.has_value();
  std::string code;
  std::string result;
  if (report.point == kPointInstalled) {
    code = failed ? failure_code(*report.failure, reason) : std::string(kResultSuccess);
    result = failed ? "FAILED" : "SUCCESS";
  }
  ledger::Unit unit;
  unit.commit_id = new_commit_id(tenant);
  if (!telling.event.empty()) {
    unit.event = event_draft(tenant, telling.event,
                             {.correlation_id = report.header.call,
                              .order_id = "",
                              .eid = report.eid,
                              .iccid = report.iccid,
                              .stage = std::string(telling.stage),
                              .result = result,
                              .result_code = code});
    unit.usage = usage_draft(telling.usage, report.header.call,
                             {{"resultCode", code}, {"reportedBy", report.header.requester}});
  }
  const std::string stage = "the partner's, point " + std::to_string(report.point);
  unit.audit = audit_draft(telling.audit, {ledger::SubjectKind::kProfile, report.iccid.text()},
                           {{"eid", report.eid ? std::string(report.eid->text()) : ""},
                            {"resultCode", code},
                            {"stage", failed ? stage : ""},
                            {"status", failed ? report.failure->pair() : ""},
                            {"message", failed ? report.failure->message : ""},
                            {"error", failed ? report.failure->pair() : ""},
                            {"profileType", report.profile_type},
                            {"reportedBy", report.header.requester},
                            {"reportedAt", report.timestamp},
                            {"reportId", report.header.call}});
  return unit;
}

Sha256 digest_of(const ReportedProgress& report) {
  return RequestDigest()
      .add(report.eid)
      .add(std::optional(report.iccid))
      .add(report.profile_type)
      .add(report.timestamp)
      .add(std::to_string(report.point))
      .add(report.failure ? report.failure->pair() : "")
      .add(as_text(report.result_data))
      .finish();
}

}  // namespace

Result<void, Failure> handle_progress_info(context::TenantContext& tenant,
                                           const ReportedProgress& report) {
  if (auto ours = check_ours(tenant, report); !ours) return ours;
  auto reason = told_reason(report);
  if (!reason) return std::move(reason).error();
  const OnlyOnce once(
      tenant, {report.header.requester, "ES2+.HandleDownloadProgressInfo", report.header.call},
      digest_of(report),
      Failure(rsp::RspError{"1.6", "3.3", "this functionCallIdentifier told of something else"}));
  auto answer = once.run(
      [&]() -> Result<Decision, Failure> {
        return Decision{unit_of(tenant, report, *reason), std::string(kTaken)};
      },
      [](const ledger::Refused&) -> std::optional<Failure> { return std::nullopt; });
  if (!answer) return std::move(answer).error();
  return {};
}

}  // namespace berth::smdpplus
