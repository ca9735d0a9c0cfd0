// ES2+ requests as an operator's system would send them.

#pragma once

#include "kernel/smdpplus/es2_orders.h"
#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {

// Fresh call identifiers.
inline rsp::sgp22::FunctionHeader next_header() {
  static int number = 0;
  return {"OP-1", "call-" + std::to_string(++number)};
}

inline rsp::sgp22::DownloadOrder download_request(const std::optional<Iccid>& iccid,
                                                  const std::string& type = "",
                                                  const std::optional<Eid>& eid = {}) {
  return {next_header(), eid, iccid, type, ""};
}
inline rsp::sgp22::ConfirmOrder confirm_request(const Iccid& iccid, bool release = true) {
  return {next_header(), iccid, std::nullopt, std::nullopt, "", "", release};
}
inline rsp::sgp22::CancelOrder cancel_request(const Iccid& iccid, bool to_available = true) {
  return {next_header(), iccid, std::nullopt, std::nullopt, to_available};
}
inline rsp::sgp22::ReleaseProfile release_request(const Iccid& iccid) {
  return {next_header(), iccid};
}

// The step's JSON, or the pair it was refused with. A refusal that was kept shows as its JSON.
std::string answer_of(const Result<std::string, Failure>& result);

// The profile's open or last order.
ledger::OrderRecord order_of(Site& site, const Iccid& iccid);

// Writes the profile's row as if something had happened to it.
void rewrite(Site& site, const Iccid& iccid,
             const std::function<void(ledger::ProfileRecord&)>& change);

// A profile in this state, by the shortest way there.
Iccid profile_in(Site& site, lifecycle::ProfileState state);

}  // namespace berth::smdpplus::testing
