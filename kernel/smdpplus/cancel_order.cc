// ES2+.CancelOrder (SGP.22 §5.3.3), and the same by the operator's own command.

#include "kernel/lifecycle/profile.h"
#include "kernel/rsp/sgp22/status_codes.h"
#include "kernel/smdpplus/es2_call.h"
#include "kernel/smdpplus/es2_orders.h"
#include "kernel/smdpplus/operator_steps.h"
#include "kernel/smdpplus/standing_claim.h"

namespace berth::smdpplus {
namespace {

namespace sgp22 = rsp::sgp22;
using lifecycle::ProfileInput;
using lifecycle::ProfileState;

Failure refusal_in(const ledger::ProfileRecord& profile) {
  const std::string state(lifecycle::to_string(profile.state));
  if (profile.state == ProfileState::kAvailable || profile.state == ProfileState::kUnavailable) {
    return sgp22::profile_transition_invalid("the profile is " + state + ", there is no order");
  }
  return sgp22::profile_not_available("the profile is " + state +
                                      "; what was sent to a card cannot be taken back");
}

// The caller must know what it cancels: exactly the order's EID and MatchingID, or their absence.
// Only the EID of an order that has ended in Error may be left out: a card may have brought it.
Result<void, Failure> check_association(const sgp22::CancelOrder& request,
                                        const ledger::OrderRecord& order) {
  if (request.eid != order.eid && (request.eid || order.open)) {
    return Failure(
        sgp22::eid_already_associated("the order's EID is another one, or has to be "
                                      "named"));
  }
  const std::string named = request.matching_id.value_or("");
  if (named != (order.matching_id ? order.matching_id->text() : "")) {
    return Failure(sgp22::matching_id_association_invalid());
  }
  return {};
}

Result<StepDecision, Failure> decide(context::TenantContext& tenant, const OrderedProfile& found,
                                     const Caller& caller, bool to_available,
                                     const sgp22::CancelOrder* request) {
  auto next = advance(found.profile, {to_available ? ProfileInput::kOrderCancelledToAvailable
                                                   : ProfileInput::kOrderCancelledToUnavailable});
  if (!next || !found.order) return refusal_in(found.profile);
  if (request != nullptr) {
    if (auto good = check_association(*request, *found.order); !good) {
      return std::move(good).error();
    }
  }
  if (to_available) {
    auto claim = standing_claim(tenant, found.profile);
    if (!claim) return std::move(claim).error();
    next->eid = *claim;
  }  // else it serves nobody, and what its card may still say is heard
  ledger::OrderRecord order = *found.order;
  std::vector<ledger::Change> changes{ledger::UpdateProfile{*next, found.profile.revision}};
  if (order.open) {
    order.open = false;
    order.revision += 1;
    changes.emplace_back(ledger::UpdateOrder{order, found.order->revision});
  }
  return StepDecision{step_unit(tenant, OrderStep::kCancelled, caller, order, std::move(changes),
                                {}, {"profile", std::string(lifecycle::to_string(next->state))}),
                      std::move(*next), std::move(order)};
}

std::optional<Failure> decide_anew(const ledger::Refused&) { return std::nullopt; }

}  // namespace

Result<std::string, Failure> cancel_order(context::TenantContext& tenant,
                                          const rsp::sgp22::CancelOrder& request) {
  RequestDigest digest;
  digest.add(std::optional(request.iccid)).add(request.eid);
  digest.add(request.matching_id.value_or("")).add(request.to_available ? "1" : "0");
  return run_es2(
      tenant, "CancelOrder", request.header, digest.finish(),
      {ledger::SubjectKind::kProfile, request.iccid.text()},
      [&]() -> Result<Decision, Failure> {
        auto found = find_ordered(tenant, request.iccid);
        if (!found) return std::move(found).error();
        auto step =
            decide(tenant, *found, caller_of(request.header), request.to_available, &request);
        if (!step) return std::move(step).error();
        return Decision{std::move(step->unit), sgp22::es2_success_json()};
      },
      decide_anew);
}

Result<OrderState, Failure> cancel_order(context::TenantContext& tenant, const OrderCall& call,
                                         bool to_available) {
  return run_operator_step(
      tenant, call, to_available ? "cancelOrder/Available" : "cancelOrder/Unavailable",
      [&](const OrderedProfile& found) {
        return decide(tenant, found, {call.requester, call.identifier}, to_available, nullptr);
      });
}

}  // namespace berth::smdpplus
