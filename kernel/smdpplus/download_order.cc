// ES2+.DownloadOrder (SGP.22 §5.3.1): one profile is reserved.

#include "kernel/lifecycle/profile.h"
#include "kernel/rsp/sgp22/status_codes.h"
#include "kernel/smdpplus/es2_call.h"
#include "kernel/smdpplus/es2_orders.h"
#include "kernel/smdpplus/stock_choice.h"

namespace berth::smdpplus {
namespace {

using lifecycle::ProfileInput;

Result<Decision, Failure> decide(context::TenantContext& tenant,
                                 const rsp::sgp22::DownloadOrder& request) {
  if (!request.iccid && request.profile_type.empty()) {
    return Failure(rsp::sgp22::request_element_missing("one of iccid and profileType is needed"));
  }
  auto chosen = choose_profile(tenant, {request.iccid, request.profile_type, request.eid});
  if (!chosen) return std::move(chosen).error();
  if (auto served = check_eid(tenant, request.eid); !served) return std::move(served).error();

  auto next = advance(*chosen, {request.eid ? ProfileInput::kOrderForEid : ProfileInput::kOrder});
  BERTH_ASSERT(next.ok());  // it is Available
  const Caller caller = caller_of(request.header);
  ledger::OrderRecord order = new_order(tenant, chosen->iccid, caller, request.correlation_id);
  order.eid = request.eid;
  next->eid = request.eid;
  next->order_id = order.order_id;
  return Decision{
      step_unit(tenant, OrderStep::kReserved, caller, order,
                {ledger::UpdateProfile{*next, chosen->revision}, ledger::InsertOrder{order}}),
      rsp::sgp22::download_order_json(chosen->iccid)};
}

}  // namespace

Result<std::string, Failure> download_order(context::TenantContext& tenant,
                                            const rsp::sgp22::DownloadOrder& request) {
  const Sha256 body = RequestDigest()
                          .add(request.eid)
                          .add(request.iccid)
                          .add(request.profile_type)
                          .add(request.correlation_id)
                          .finish();
  const ledger::Subject subject =
      request.iccid ? ledger::Subject{ledger::SubjectKind::kProfile, request.iccid->text()}
                    : ledger::Subject{ledger::SubjectKind::kTenant, tenant.id().text()};
  // A lost race for a named profile shows in its state at the next look, one by type in another
  // choice.
  return run_es2(
      tenant, "DownloadOrder", request.header, body, subject,
      [&] { return decide(tenant, request); },
      [](const ledger::Refused&) { return std::optional<Failure>(); },
      request.iccid ? kMaxDecisions : kMaxStockRounds);
}

}  // namespace berth::smdpplus
