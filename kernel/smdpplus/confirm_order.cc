// ES2+.ConfirmOrder (SGP.22 §5.3.2): the order gets its MatchingID, and the profile may be released
// at once.

#include <spdlog/spdlog.h>

#include <algorithm>

#include "kernel/lifecycle/profile.h"
#include "kernel/rsp/sgp22/status_codes.h"
#include "kernel/smdpplus/es2_call.h"
#include "kernel/smdpplus/es2_orders.h"

namespace berth::smdpplus {
namespace {

namespace sgp22 = rsp::sgp22;
using lifecycle::ProfileInput;

// What we generate ourselves: it fits every reader and the dense form of a QR code.
bool is_strict(const std::string& token) {
  return token.size() <= 64 && std::all_of(token.begin(), token.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
         });
}

class Confirmation {
 public:
  Confirmation(context::TenantContext& tenant, const sgp22::ConfirmOrder& request)
      : tenant_(tenant), request_(request) {}

  Result<Decision, Failure> decide() const {
    auto found = find_ordered(tenant_, request_.iccid);
    if (!found) return std::move(found).error();
    auto next = advance(found->profile, {request_.release ? ProfileInput::kConfirmAndRelease
                                                          : ProfileInput::kConfirm});
    if (!next || !found->order) {
      return Failure(sgp22::profile_transition_invalid(
          "the profile is " + std::string(lifecycle::to_string(found->profile.state)) +
          ", not Allocated or Linked"));
    }
    ledger::OrderRecord order = *found->order;
    order.revision += 1;
    if (auto good = set_eid(order); !good) return std::move(good).error();
    if (auto good = set_matching_id(order); !good) return std::move(good).error();
    if (!request_.smds_address.empty()) {
      // Nothing registers events yet; an order that promised it would never be found.
      return Failure(sgp22::smds_inaccessible("no SM-DS is configured for this tenant"));
    }
    if (!request_.confirmation_code.empty()) {
      order.confirmation_code_sha256 = sha256(as_bytes(request_.confirmation_code));
    }
    order.expires_ms = order_end(tenant_);
    next->eid = order.eid;
    return answer(*found, std::move(*next), order);
  }

  std::optional<Failure> on_refused(const ledger::Refused& refused) const {
    if (refused.reason == ledger::RefusalReason::kExpired) {
      return Failure(sgp22::profile_transition_invalid("the order has expired"));
    }
    if (refused.reason == ledger::RefusalReason::kDuplicate && is_given()) {
      return Failure(sgp22::matching_id_in_use());
    }
    return std::nullopt;
  }

 private:
  bool is_given() const { return request_.matching_id && !request_.matching_id->empty(); }
  bool is_default_use() const { return request_.matching_id && request_.matching_id->empty(); }

  Result<void, Failure> set_eid(ledger::OrderRecord& order) const {
    if (request_.eid && order.eid && request_.eid != order.eid) {
      return Failure(sgp22::eid_already_associated());
    }
    if (request_.eid) order.eid = request_.eid;
    if (!order.eid && (is_default_use() || !request_.smds_address.empty())) {
      return Failure(
          sgp22::eid_missing("without a MatchingID, or with an SM-DS, the card must be "
                             "known"));
    }
    return check_eid(tenant_, request_.eid);
  }

  Result<void, Failure> set_matching_id(ledger::OrderRecord& order) const {
    order.default_use = is_default_use();
    if (order.default_use) return {};
    if (!is_given()) {
      order.matching_id = new_matching_id(tenant_.random());
      return {};
    }
    const auto token = MatchingId::parse(*request_.matching_id);
    if (!token) return Failure(rsp::RspError{"8.2.6", "2.1", token.error().message()});
    if (!is_strict(token->text())) {
      spdlog::warn("tenant={} MatchingID of order {} is outside A-Z 0-9 - or over 64 characters",
                   tenant_.id().text(), order.order_id);
    }
    auto other = tenant_.ledger().order_by_matching_id(*token);
    if (!other) return Failure(std::move(other).error());
    if (*other && (*other)->open) return Failure(sgp22::matching_id_in_use());
    order.matching_id = *token;
    return {};
  }

  Decision answer(const OrderedProfile& from, ledger::ProfileRecord next,
                  const ledger::OrderRecord& order) const {
    ledger::Unit unit = step_unit(tenant_, OrderStep::kConfirmed, caller_of(request_.header), order,
                                  {ledger::UpdateProfile{std::move(next), from.profile.revision},
                                   ledger::UpdateOrder{order, from.order->revision, true}},
                                  request_.release ? "released" : "");
    return {std::move(unit),
            sgp22::confirm_order_json(
                {.eid = order.eid,
                 .matching_id = order.matching_id ? order.matching_id->text() : std::string(),
                 .smdp_address = tenant_.realm().text(),
                 .warning = {}})};
  }

  context::TenantContext& tenant_;
  const sgp22::ConfirmOrder& request_;
};

}  // namespace

Result<std::string, Failure> confirm_order(context::TenantContext& tenant,
                                           const rsp::sgp22::ConfirmOrder& request) {
  RequestDigest digest;
  digest.add(std::optional(request.iccid)).add(request.eid);
  digest.add(request.matching_id ? "=" + *request.matching_id : "");
  digest.add(request.confirmation_code).add(request.smds_address).add(request.release ? "1" : "0");
  const Confirmation confirmation(tenant, request);
  return run_es2(
      tenant, "ConfirmOrder", request.header, digest.finish(),
      {ledger::SubjectKind::kProfile, request.iccid.text()}, [&] { return confirmation.decide(); },
      [&](const ledger::Refused& refused) { return confirmation.on_refused(refused); });
}

}  // namespace berth::smdpplus
