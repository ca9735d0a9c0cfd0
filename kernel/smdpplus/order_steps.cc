#include "kernel/smdpplus/order_steps.h"

#include <algorithm>
#include <array>

#include "kernel/lifecycle/profile.h"
#include "kernel/rsp/sgp22/activation_code.h"
#include "kernel/rsp/sgp22/status_codes.h"

namespace berth::smdpplus {
namespace {

struct StepNames {
  std::string_view event;
  std::string_view usage;
  std::string_view audit;
};

constexpr std::array<StepNames, 7> kSteps = {
    {{"downloadOrdered", "order.created", "order.created"},
     {"downloadOrdered", "order.created", "order.awaits_release"},
     {"downloadOrdered", "order.created", "order.downloaded"},
     {"downloadConfirmed", "order.confirmed", "order.confirmed"},
     {"downloadReleased", "order.released", "order.released"},
     {"downloadOrderCancelled", "order.cancelled", "order.cancelled"},
     {"downloadReordered", "order.reordered", "order.reordered"}}};

Failure unknown_order() {
  return Error(ErrorCode::kNotFound, "order.unknown",
               "this tenant has no order with that id and no profile with that ICCID; berthctl "
               "profile list shows both");
}

// The order the profile's row names.
Result<OrderedProfile, Failure> with_order(context::TenantContext& tenant,
                                           ledger::ProfileRecord profile) {
  OrderedProfile found{std::move(profile), std::nullopt};
  if (found.profile.order_id.empty()) return found;
  auto order = tenant.ledger().order(found.profile.order_id);
  if (!order) return Failure(std::move(order).error());
  if (!*order) {
    return Failure(Error(ErrorCode::kDataLoss, "ledger.profile_without_order",
                         "the profile refers to an order that is not there"));
  }
  found.order = std::move(**order);
  return found;
}

}  // namespace

Result<OrderedProfile, Failure> find_ordered(context::TenantContext& tenant, const Iccid& iccid) {
  auto profile = tenant.ledger().profile(iccid);
  if (!profile) return Failure(std::move(profile).error());
  if (!*profile) return Failure(rsp::sgp22::profile_unknown("no profile here has that ICCID"));
  return with_order(tenant, std::move(**profile));
}

Result<OrderedProfile, Failure> find_ordered(context::TenantContext& tenant, std::string_view key) {
  if (const auto iccid = Iccid::parse(key); iccid) {
    auto profile = tenant.ledger().profile(*iccid);
    if (!profile) return Failure(std::move(profile).error());
    if (!*profile) return unknown_order();
    return with_order(tenant, std::move(**profile));
  }
  auto order = tenant.ledger().order(std::string(key));
  if (!order) return Failure(std::move(order).error());
  if (!*order) return unknown_order();
  auto found = find_ordered(tenant, (*order)->iccid);
  if (!found) return found;
  if (found->profile.order_id != (*order)->order_id) {
    return Failure(
        Error(ErrorCode::kFailedPrecondition, "order.superseded",
              "the profile has a newer order, " + found->profile.order_id + "; name that one"));
  }
  return found;
}

Result<ledger::ProfileRecord, lifecycle::ProfileRefusal> advance(
    const ledger::ProfileRecord& from, std::initializer_list<lifecycle::ProfileInput> inputs) {
  ledger::ProfileRecord next = from;
  for (const lifecycle::ProfileInput input : inputs) {
    const auto moved = lifecycle::apply(next.state, input, next.quarantined);
    if (!moved) return moved.error();
    next.state = moved->next;
    next.quarantined = moved->quarantined;
  }
  next.revision += 1;
  return next;
}

UnixMs order_end(const context::TenantContext& tenant) {
  return tenant.clock().now_ms() + static_cast<UnixMs>(tenant.configuration().order_lifetime_ms);
}

ledger::OrderRecord new_order(const context::TenantContext& tenant, const Iccid& iccid,
                              const Caller& caller, std::string_view correlation_id) {
  ledger::OrderRecord order{.order_id = tenant.random().uuid(),
                            .iccid = iccid,
                            .matching_id = std::nullopt,
                            .eid = std::nullopt,
                            .requester = caller.requester,
                            .smds_address = {},
                            .correlation_id = std::string(correlation_id),
                            .expires_ms = order_end(tenant),
                            .attempts_max = tenant.configuration().download_attempts_max,
                            .confirmation_code_sha256 = std::nullopt,
                            .code_attempts_max = tenant.configuration().confirmation_attempts_max,
                            .created_ms = tenant.clock().now_ms()};
  if (order.correlation_id.empty()) order.correlation_id = caller.identifier;
  return order;
}

ledger::Unit step_unit(const context::TenantContext& tenant, OrderStep step, const Caller& caller,
                       const ledger::OrderRecord& order, std::vector<ledger::Change> changes,
                       std::string_view stage, const Detail& extra) {
  const StepNames& names = kSteps[static_cast<std::size_t>(step) - 1];
  ledger::Unit unit;
  unit.commit_id = new_commit_id(tenant);
  unit.changes = std::move(changes);
  unit.event = event_draft(tenant, names.event,
                           {.correlation_id = order.correlation_id,
                            .order_id = order.order_id,
                            .eid = order.eid,
                            .iccid = order.iccid,
                            .stage = std::string(stage),
                            .result = "SUCCESS",
                            .result_code = {}});
  unit.usage = usage_draft(names.usage, order.order_id);
  unit.audit = audit_draft(
      names.audit, {ledger::SubjectKind::kProfile, order.iccid.text()},
      {{"orderId", order.order_id},
       {"requester", caller.requester},
       {"identifier", caller.identifier},
       {"expires", order.expires_ms == 0 ? std::string() : to_rfc3339(order.expires_ms)},
       extra});
  return unit;
}

Result<std::string> activation_code_of(const context::TenantContext& tenant,
                                       const ledger::OrderRecord& order) {
  std::string address = tenant.realm().text();
  // Upper case fits a QR code's alphanumeric mode; names compare without case.
  std::transform(address.begin(), address.end(), address.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return rsp::sgp22::ActivationCode{
      .smdp_address = address,
      .matching_id = order.matching_id,
      .smdp_oid = {},
      .confirmation_code_required = order.confirmation_code_sha256.has_value()}
      .text();
}

MatchingId new_matching_id(Random& random) {
  for (;;) {
    MatchingId made = rsp::sgp22::generate_matching_id(random);
    if (!made.text().starts_with("ACR-")) return made;
  }
}

Result<void, Failure> check_eid(const context::TenantContext& tenant,
                                const std::optional<Eid>& eid) {
  if (!eid || tenant.confirm(*eid)) return {};
  return Failure(rsp::sgp22::eid_already_associated("this EID is not served here"));
}

}  // namespace berth::smdpplus
