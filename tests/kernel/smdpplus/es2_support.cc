#include "tests/kernel/smdpplus/es2_support.h"

#include <nlohmann/json.hpp>

namespace berth::smdpplus::testing {

using lifecycle::ProfileState;

std::string answer_of(const Result<std::string, Failure>& result) {
  if (!result) return say(result.error());
  const auto body = nlohmann::json::parse(*result, nullptr, false);
  const auto status = body.at("header").at("functionExecutionStatus");
  if (status.at("status") != "Failed") return "ok";
  const auto& data = status.at("statusCodeData");
  return data.at("subjectCode").get<std::string>() + "/" + data.at("reasonCode").get<std::string>();
}

ledger::OrderRecord order_of(Site& site, const Iccid& iccid) {
  const auto profile = must(site.ledger().real().profile(iccid));
  REQUIRE(profile.has_value());
  return site.order_row(profile->order_id);
}

void rewrite(Site& site, const Iccid& iccid,
             const std::function<void(ledger::ProfileRecord&)>& change) {
  auto profile = must(site.ledger().real().profile(iccid));
  REQUIRE(profile.has_value());
  const std::int64_t from = profile->revision;
  change(*profile);
  profile->revision = from + 1;
  ledger::Unit unit;
  unit.commit_id = to_hex(site.random.bytes(16));
  unit.changes = {ledger::UpdateProfile{*profile, from}};
  unit.audit = {"test.rewritten", {ledger::SubjectKind::kProfile, iccid.text()}, "{}"};
  const auto outcome = site.ledger().real().commit(std::move(unit));
  REQUIRE(std::holds_alternative<ledger::Committed>(outcome));
}

Iccid profile_in(Site& site, ProfileState state) {
  const Iccid iccid = site.stock();
  if (state == ProfileState::kAvailable) return iccid;
  const bool linked = state == ProfileState::kLinked;
  const auto eid = linked ? std::optional(*Eid::parse(kAlphaEid)) : std::nullopt;
  must(download_order(site.tenant(), download_request(iccid, "", eid)));
  if (linked || state == ProfileState::kAllocated) return iccid;
  if (state == ProfileState::kUnavailable) {
    must(cancel_order(site.tenant(), cancel_request(iccid, false)));
    return iccid;
  }
  must(confirm_order(site.tenant(), confirm_request(iccid, state != ProfileState::kConfirmed)));
  if (state == ProfileState::kConfirmed || state == ProfileState::kReleased) return iccid;
  rewrite(site, iccid, [&](ledger::ProfileRecord& profile) { profile.state = state; });
  if (state == ProfileState::kDownloaded) return iccid;
  ledger::OrderRecord order = order_of(site, iccid);
  const std::int64_t from = order.revision++;
  order.open = false;
  ledger::Unit unit;
  unit.commit_id = to_hex(site.random.bytes(16));
  unit.changes = {ledger::UpdateOrder{order, from}};
  unit.audit = {"test.rewritten", {ledger::SubjectKind::kProfile, iccid.text()}, "{}"};
  REQUIRE(std::holds_alternative<ledger::Committed>(site.ledger().real().commit(std::move(unit))));
  return iccid;
}

}  // namespace berth::smdpplus::testing
