// A profile that ended in Error is armed again under a new order: by a person, or by the tenant's
// policy after a signed permanent failure.

#include <spdlog/spdlog.h>

#include "kernel/lifecycle/profile.h"
#include "kernel/rsp/sgp22/es2_messages.h"
#include "kernel/rsp/sgp22/status_codes.h"
#include "kernel/smdpplus/operator_steps.h"
#include "kernel/smdpplus/standing_claim.h"

namespace berth::smdpplus {
namespace {

namespace sgp22 = rsp::sgp22;

constexpr std::string_view kPolicy = "policy";
constexpr std::string_view kRearmFunction = "rearmAfterError";

// The new order takes the profile over from the old one.
Result<StepDecision, Failure> take_over(context::TenantContext& tenant, const OrderedProfile& found,
                                        const Caller& caller, ledger::OrderRecord order) {
  auto next = advance(found.profile, {lifecycle::ProfileInput::kReorder});
  if (!next) {
    return Failure(sgp22::profile_transition_invalid(
        "the profile is " + std::string(lifecycle::to_string(found.profile.state)) +
        ", not in Error"));
  }
  if (found.profile.quarantined && order.eid != found.profile.eid) {
    return Failure(sgp22::profile_not_available(
        "a package of this profile may be on a card; it can only be ordered for that EID again"));
  }
  auto claim = standing_claim(tenant, found.profile);
  if (!claim) return std::move(claim).error();
  if (*claim && order.eid != *claim) {
    return Failure(sgp22::profile_not_available(
        "this profile was on a card that alone may have it again; order it for that EID"));
  }
  order.inherits_quarantine = found.profile.quarantined;
  next->eid = order.eid;
  next->order_id = order.order_id;
  std::vector<ledger::Change> changes{ledger::UpdateProfile{*next, found.profile.revision}};
  if (found.order->open) {
    ledger::OrderRecord closed = *found.order;
    closed.open = false;
    closed.revision += 1;
    changes.emplace_back(ledger::UpdateOrder{std::move(closed), found.order->revision});
  }
  changes.emplace_back(ledger::InsertOrder{order});
  ledger::Unit unit = step_unit(tenant, OrderStep::kReordered, caller, order, std::move(changes),
                                {}, {"after", found.order->order_id});
  return StepDecision{std::move(unit), std::move(*next), std::move(order)};
}

class Reordering {
 public:
  Reordering(context::TenantContext& tenant, const ReorderRequest& request)
      : tenant_(tenant), request_(request) {}

  Sha256 body() const {
    RequestDigest digest;
    digest.add(request_.call.key).add(request_.matching_id ? request_.matching_id->text() : "");
    digest.add(request_.default_use ? "1" : "0").add(request_.eid);
    digest.add(request_.confirmation_code).add(request_.keep_confirmation_code ? "1" : "0");
    return digest.add(request_.correlation_id).finish();
  }

  Result<Decision, Failure> decide() const {
    auto found = find_ordered(tenant_, std::string_view(request_.call.key));
    if (!found) return std::move(found).error();
    if (!found->order) {
      return Failure(sgp22::profile_transition_invalid("the profile was never ordered"));
    }
    auto order = make_order(*found);
    if (!order) return std::move(order).error();
    auto code = activation_code_of(tenant_, *order);
    if (!code) return Failure(std::move(code).error());
    auto step = take_over(tenant_, *found, {request_.call.requester, request_.call.identifier},
                          std::move(*order));
    if (!step) return std::move(step).error();
    const OrderAnswer answer{
        step->order.order_id,
        step->order.iccid,
        step->order.matching_id ? OrderCode(*step->order.matching_id) : OrderCode(),
        std::move(*code),
        step->order.expires_ms,
        std::string(lifecycle::to_string(step->profile.state))};
    return Decision{std::move(step->unit), encode_answer(answer)};
  }

  std::optional<Failure> on_refused(const ledger::Refused& refused) const {
    if (refused.reason == ledger::RefusalReason::kDuplicate && request_.matching_id) {
      return Failure(sgp22::matching_id_in_use());
    }
    return std::nullopt;
  }

 private:
  Result<ledger::OrderRecord, Failure> make_order(const OrderedProfile& found) const {
    ledger::OrderRecord order = new_order(
        tenant_, found.profile.iccid, {request_.call.requester, request_.call.identifier},
        request_.correlation_id.empty() ? found.order->correlation_id : request_.correlation_id);
    order.eid = request_.eid ? request_.eid : found.profile.eid;
    if (auto good = check_eid(tenant_, request_.eid); !good) return std::move(good).error();
    order.default_use = request_.default_use;
    if (order.default_use && !order.eid) return Failure(sgp22::eid_missing());
    if (!order.default_use) {
      order.matching_id =
          request_.matching_id ? *request_.matching_id : new_matching_id(tenant_.random());
    }
    if (!request_.confirmation_code.empty()) {
      order.confirmation_code_sha256 = sha256(as_bytes(request_.confirmation_code));
    } else if (request_.keep_confirmation_code) {
      order.confirmation_code_sha256 = found.order->confirmation_code_sha256;
    }
    return order;
  }

  context::TenantContext& tenant_;
  const ReorderRequest& request_;
};

// How often the policy has armed it since a person's order is kept as the answer to the order's own
// id, sealed beside it in its commit.
OnlyOnce rearm_note(context::TenantContext& tenant, const std::string& order_id) {
  return {tenant,
          {std::string(kPolicy), std::string(kRearmFunction), order_id},
          sha256(as_bytes(order_id)),
          Error(ErrorCode::kDataLoss, "order.answer_damaged",
                "how often this order was armed again cannot be read")};
}

Result<std::uint32_t, Failure> times_rearmed(context::TenantContext& tenant,
                                             const ledger::OrderRecord& order) {
  if (order.requester != kPolicy) return 0U;
  auto note = rearm_note(tenant, order.order_id).earlier();
  if (!note) return std::move(note).error();
  if (!*note) return 0U;  // a requester that has this name
  return static_cast<std::uint32_t>(std::strtoul((*note)->c_str(), nullptr, 10));
}

// Everything but the attempts and the lifetime as it was: the subscriber holds that code.
ledger::OrderRecord same_again(const context::TenantContext& tenant,
                               const ledger::OrderRecord& failed, const Caller& caller) {
  ledger::OrderRecord order = new_order(tenant, failed.iccid, caller, failed.correlation_id);
  order.matching_id = failed.matching_id;
  order.default_use = failed.default_use;
  order.eid = failed.eid;
  order.confirmation_code_sha256 = failed.confirmation_code_sha256;
  return order;
}

}  // namespace

Result<OrderAnswer, Failure> reorder(context::TenantContext& tenant,
                                     const ReorderRequest& request) {
  if (auto good = check_identifier(request.call.identifier); !good) return std::move(good).error();
  if (request.confirmation_code.size() > sgp22::kMaxConfirmationCode) {
    return Failure(Error(ErrorCode::kInvalidArgument, "order.confirmation_code_invalid",
                         "a confirmation code has at most 64 characters"));
  }
  const Reordering reordering(tenant, request);
  const OnlyOnce once(tenant, {request.call.requester, "reorder", request.call.identifier},
                      reordering.body(), identifier_reused(request.call.identifier));
  auto answer =
      once.run([&] { return reordering.decide(); },
               [&](const ledger::Refused& refused) { return reordering.on_refused(refused); });
  if (!answer) return std::move(answer).error();
  return decode_answer(*answer);
}

Result<std::optional<Rearm>, Failure> rearm_after_error(context::TenantContext& tenant,
                                                        const std::string& failed_order_id) {
  using Nothing = std::optional<Rearm>;
  const std::uint32_t max = tenant.configuration().rearm_after_error_max;
  if (max == 0) return Nothing();
  for (int round = 0; round < kMaxDecisions; ++round) {
    auto failed = tenant.ledger().order(failed_order_id);
    if (!failed) return Failure(std::move(failed).error());
    if (!*failed) return Nothing();
    auto found = find_ordered(tenant, (*failed)->iccid);
    if (!found) return std::move(found).error();
    const ledger::ProfileRecord& profile = found->profile;
    if (profile.order_id != failed_order_id || profile.quarantined ||
        profile.state != lifecycle::ProfileState::kError) {
      return Nothing();
    }
    const auto before = times_rearmed(tenant, **failed);
    if (!before) return before.error();
    if (*before >= max) return Nothing();
    const Caller caller{std::string(kPolicy), failed_order_id};
    auto step = take_over(tenant, *found, caller, same_again(tenant, **failed, caller));
    if (!step) return std::move(step).error();
    const Rearm rearm{step->order.order_id, *before + 1};
    step->unit.answer = rearm_note(tenant, rearm.order_id).sealed(std::to_string(rearm.number));
    auto done = commit(tenant.ledger(), std::move(step->unit));
    if (!done) return std::move(done).error();
    const auto* refused = std::get_if<ledger::Refused>(&*done);
    if (refused == nullptr) return Nothing(rearm);
    if (refused->reason == ledger::RefusalReason::kDuplicate) {
      spdlog::warn("tenant={} order {} not armed again: its MatchingID is in use by another order",
                   tenant.id().text(), failed_order_id);
      return Nothing();
    }
  }
  return Failure(contention_error());
}

}  // namespace berth::smdpplus
