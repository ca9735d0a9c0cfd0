// ES2+.ReleaseProfile (SGP.22 §5.3.4), and the same by the operator's own command.

#include "kernel/lifecycle/profile.h"
#include "kernel/rsp/sgp22/status_codes.h"
#include "kernel/smdpplus/es2_call.h"
#include "kernel/smdpplus/es2_orders.h"
#include "kernel/smdpplus/operator_steps.h"

namespace berth::smdpplus {
namespace {

namespace sgp22 = rsp::sgp22;

Result<StepDecision, Failure> decide(context::TenantContext& tenant, const OrderedProfile& found,
                                     const Caller& caller) {
  auto next = advance(found.profile, {lifecycle::ProfileInput::kRelease});
  if (!next || !found.order) {
    return Failure(sgp22::profile_transition_invalid(
        "the profile is " + std::string(lifecycle::to_string(found.profile.state)) +
        ", not Confirmed"));
  }
  ledger::OrderRecord order = *found.order;
  order.revision += 1;
  return StepDecision{step_unit(tenant, OrderStep::kReleased, caller, order,
                                {ledger::UpdateProfile{*next, found.profile.revision},
                                 ledger::UpdateOrder{order, found.order->revision, true}}),
                      std::move(*next), std::move(order)};
}

}  // namespace

Result<std::string, Failure> release_profile(context::TenantContext& tenant,
                                             const rsp::sgp22::ReleaseProfile& request) {
  return run_es2(
      tenant, "ReleaseProfile", request.header,
      RequestDigest().add(std::optional(request.iccid)).finish(),
      {ledger::SubjectKind::kProfile, request.iccid.text()},
      [&]() -> Result<Decision, Failure> {
        auto found = find_ordered(tenant, request.iccid);
        if (!found) return std::move(found).error();
        auto step = decide(tenant, *found, caller_of(request.header));
        if (!step) return std::move(step).error();
        return Decision{std::move(step->unit), sgp22::es2_success_json()};
      },
      expired_or_anew);
}

Result<OrderState, Failure> release_order(context::TenantContext& tenant, const OrderCall& call) {
  return run_operator_step(tenant, call, "releaseOrder", [&](const OrderedProfile& found) {
    return decide(tenant, found, {call.requester, call.identifier});
  });
}

}  // namespace berth::smdpplus
