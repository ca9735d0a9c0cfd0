#include "kernel/smdpplus/progress_report.h"

#include <nlohmann/json.hpp>

#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

SiteOptions with_endpoint(const std::vector<std::uint32_t>& points = {1, 2, 3, 4}) {
  return {.configure = [points](tenancy::TenantConfiguration& tenant) {
    tenant.progress = tenancy::ProgressEndpoint{
        .url = "https://bss.alpha.example", .requester_identifier = "SMDP-1", .points = points};
  }};
}

Progress progress_at(std::uint32_t point) {
  return {.point = point,
          .eid = *Eid::parse(kAlphaEid),
          .iccid = *Iccid::parse("8944500000000000018"),
          .profile_type = "gold",
          .failure = std::nullopt,
          .result_data = {}};
}

}  // namespace

TEST_CASE("a report is written as it will be sent, its id being the call identifier",
          "[smdpplus][R79]") {
  Site site(with_endpoint());
  ledger::Unit unit;
  auto progress = progress_at(kPointInstalled);
  progress.failure = rsp::RspError{"8.2.10", "4.2", "error 12"};
  progress.result_data = {0xBF, 0x37, 0x00};
  add_progress(site.tenant(), unit, progress);
  add_progress(site.tenant(), unit, progress_at(kPointDelivered));
  REQUIRE(unit.changes.size() == 2);
  const auto& first = std::get<ledger::InsertProgressReport>(unit.changes[0]).report;
  const auto& second = std::get<ledger::InsertProgressReport>(unit.changes[1]).report;
  CHECK(first.position == 0);
  CHECK(second.position == 1);
  CHECK(first.report_id != second.report_id);
  CHECK(first.state == ledger::ReportState::kPending);
  const auto body = nlohmann::json::parse(first.body);
  CHECK(body.at("header").at("functionRequesterIdentifier") == "SMDP-1");
  CHECK(body.at("header").at("functionCallIdentifier") == first.report_id);
  CHECK(body.at("notificationPointId") == 4);
  CHECK(body.at("notificationPointStatus").at("statusCodeData").at("subjectCode") == "8.2.10");
  CHECK(body.at("resultData") == "vzcA");
  CHECK(body.at("timestamp") == to_rfc3339(kStart));
}

TEST_CASE("points the tenant did not ask for are not reported, nor is anything without an endpoint",
          "[smdpplus]") {
  Site some(with_endpoint({3, 4}));
  ledger::Unit unit;
  for (const std::uint32_t point : {1U, 2U, 3U, 4U}) {
    add_progress(some.tenant(), unit, progress_at(point));
  }
  CHECK(unit.changes.size() == 2);
  Site none;
  ledger::Unit silent;
  add_progress(none.tenant(), silent, progress_at(kPointInstalled));
  CHECK(silent.changes.empty());
}

}  // namespace berth::smdpplus::testing
