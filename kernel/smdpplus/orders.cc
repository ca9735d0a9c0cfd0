// Orders by the operator's own command: reserve, confirm and release one profile in one commit, at
// most once per identifier.

#include "kernel/smdpplus/orders.h"

#include <array>

#include "kernel/lifecycle/profile.h"
#include "kernel/rsp/sgp22/es2_messages.h"
#include "kernel/smdpplus/operator_steps.h"
#include "kernel/smdpplus/stock_choice.h"

namespace berth::smdpplus {
namespace {

using lifecycle::ProfileInput;

constexpr std::string_view kFunction = "createOrder";
constexpr std::uint64_t kMinLifetimeMs = 1000;
constexpr std::uint64_t kMaxLifetimeMs = 366ULL * 24 * 60 * 60 * 1000;

Failure fail(ErrorCode code, std::string_view reason, std::string message) {
  return Error(code, reason, std::move(message));
}
Failure invalid(std::string_view reason, std::string message) {
  return fail(ErrorCode::kInvalidArgument, reason, std::move(message));
}

// The standard's refusals in the words of this interface.
struct Translation {
  std::string_view pair;
  ErrorCode code;
  std::string_view reason;
};
constexpr std::array kTranslations = {
    Translation{"8.2.1/3.9", ErrorCode::kNotFound, "order.unknown_profile"},
    Translation{"8.2.1/3.3", ErrorCode::kFailedPrecondition, "order.profile_not_available"},
    Translation{"8.2.5/3.8", ErrorCode::kInvalidArgument, "order.profile_type_mismatch"},
    Translation{"8.2.5/3.9", ErrorCode::kNotFound, "order.out_of_stock"},
    Translation{"8.2.5/3.7", ErrorCode::kNotFound, "order.out_of_stock"},
};

Failure translated(Failure failure) {
  const auto* refusal = std::get_if<rsp::RspError>(&failure);
  if (refusal == nullptr) return failure;
  for (const Translation& one : kTranslations) {
    if (one.pair == refusal->pair()) return fail(one.code, one.reason, refusal->message);
  }
  return failure;
}

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string preset_text(const OrderPreset& preset) {
  std::string text;
  if (preset.expired) text += " expired";
  if (preset.attempts_used_up) text += " attemptsUsedUp";
  if (preset.code_attempts_used_up) text += " codeAttemptsUsedUp";
  return text.empty() ? text : text.substr(1);
}

Sha256 body_hash(const OrderRequest& request) {
  RequestDigest digest;
  digest.add(request.iccid).add(request.profile_type).add(request.eid);
  digest.add(request.matching_id ? request.matching_id->text() : "");
  digest.add(request.confirmation_code).add(request.correlation_id);
  // Members that came later are part of the body only where they are used, so that an answer stored
  // by an earlier program is found again.
  if (request.default_use) digest.add("defaultUse");
  if (!request.release) digest.add("notReleased");
  if (request.lifetime_ms) digest.add("lifetime").add(number(*request.lifetime_ms));
  if (request.expires_ms) digest.add("expires").add(std::to_string(*request.expires_ms));
  if (request.preset) {
    digest.add("preset").add(preset_text(*request.preset));
  }
  return digest.finish();
}

class Ordering {
 public:
  Ordering(context::TenantContext& tenant, const OrderRequest& request)
      : tenant_(tenant), request_(request) {}

  Result<void, Failure> check_request() const {
    if (auto good = check_identifier(request_.identifier); !good) return good;
    if (!request_.iccid && request_.profile_type.empty()) {
      return invalid("order.profile_missing", "name the profile by iccid or by profileType");
    }
    if (request_.confirmation_code.size() > rsp::sgp22::kMaxConfirmationCode) {
      return invalid("order.confirmation_code_invalid",
                     "a confirmation code has at most 64 characters");
    }
    if (request_.default_use && (!request_.eid || request_.matching_id)) {
      return invalid("order.default_use",
                     "an order for default SM-DP+ use names an EID and has no MatchingID");
    }
    if (auto good = check_end(); !good) return good;
    if (request_.eid) {
      if (const auto confirmed = tenant_.confirm(*request_.eid); !confirmed) {
        return fail(ErrorCode::kPermissionDenied, "order.foreign_eid",
                    "this tenant does not serve that EID (" + confirmed.error().route + "); " +
                        confirmed.error().message);
      }
    }
    return {};
  }

  Result<Decision, Failure> decide() const {
    auto chosen = choose_profile(tenant_, {request_.iccid, request_.profile_type, request_.eid});
    if (!chosen) return translated(std::move(chosen).error());
    auto next = advance(
        *chosen, {request_.eid ? ProfileInput::kOrderForEid : ProfileInput::kOrder,
                  request_.release ? ProfileInput::kConfirmAndRelease : ProfileInput::kConfirm});
    BERTH_ASSERT(next.ok());  // it is Available
    const Caller caller{request_.requester, request_.identifier};
    const ledger::OrderRecord order = make_order(chosen->iccid, caller);
    next->eid = request_.eid;
    next->order_id = order.order_id;
    auto code = activation_code_of(tenant_, order);
    if (!code) return Failure(std::move(code).error());
    const OrderAnswer answer{order.order_id,
                             order.iccid,
                             order.matching_id ? OrderCode(*order.matching_id) : OrderCode(),
                             std::move(*code),
                             order.expires_ms,
                             std::string(lifecycle::to_string(next->state))};
    return Decision{
        step_unit(tenant_, request_.release ? OrderStep::kOrdered : OrderStep::kOrderedUnreleased,
                  caller, order,
                  {ledger::UpdateProfile{*next, chosen->revision}, ledger::InsertOrder{order}},
                  request_.release ? "" : "confirmed",
                  {"preset", request_.preset ? preset_text(*request_.preset) : ""}),
        encode_answer(answer)};
  }

  std::optional<Failure> on_refused(const ledger::Refused& refused) const {
    if (refused.reason == ledger::RefusalReason::kDuplicate && request_.matching_id) {
      return fail(ErrorCode::kAlreadyExists, "order.matching_id_in_use",
                  "another open order has this MatchingID; choose another one");
    }
    return std::nullopt;
  }

 private:
  Result<void, Failure> check_end() const {
    const UnixMs now = tenant_.clock().now_ms();
    const UnixMs latest = now + static_cast<UnixMs>(kMaxLifetimeMs);
    const bool lifetime_good = !request_.lifetime_ms || (*request_.lifetime_ms >= kMinLifetimeMs &&
                                                         *request_.lifetime_ms <= kMaxLifetimeMs);
    const bool expires_good =
        !request_.expires_ms || (*request_.expires_ms > now && *request_.expires_ms <= latest);
    if (lifetime_good && expires_good && !(request_.lifetime_ms && request_.expires_ms)) return {};
    return invalid("order.end_invalid",
                   "an order ends after lifetimeMs (1 second to a year) or at expiresAt (ahead, "
                   "within a year); give one of them");
  }

  ledger::OrderRecord make_order(const Iccid& iccid, const Caller& caller) const {
    ledger::OrderRecord order = new_order(tenant_, iccid, caller, request_.correlation_id);
    order.eid = request_.eid;
    order.default_use = request_.default_use;
    if (!request_.default_use) {
      order.matching_id =
          request_.matching_id ? *request_.matching_id : new_matching_id(tenant_.random());
    }
    if (!request_.confirmation_code.empty()) {
      order.confirmation_code_sha256 = sha256(as_bytes(request_.confirmation_code));
    }
    if (request_.lifetime_ms) {
      order.expires_ms = order.created_ms + static_cast<UnixMs>(*request_.lifetime_ms);
    }
    if (request_.expires_ms) order.expires_ms = *request_.expires_ms;
    if (!request_.preset) return order;
    if (request_.preset->expired) order.expires_ms = order.created_ms - 1;
    if (request_.preset->attempts_used_up) order.attempts_used = order.attempts_max;
    if (request_.preset->code_attempts_used_up) order.code_attempts_used = order.code_attempts_max;
    return order;
  }

  context::TenantContext& tenant_;
  const OrderRequest& request_;
};

}  // namespace

Result<OrderAnswer, Failure> create_order(context::TenantContext& tenant,
                                          const std::string& /*request_id*/,
                                          const OrderRequest& request) {
  const Ordering ordering(tenant, request);
  if (auto good = ordering.check_request(); !good) return std::move(good).error();
  const OnlyOnce once(tenant, {request.requester, std::string(kFunction), request.identifier},
                      body_hash(request), identifier_reused(request.identifier));
  auto answer =
      once.run([&] { return ordering.decide(); },
               [&](const ledger::Refused& refused) { return ordering.on_refused(refused); },
               request.iccid ? kMaxDecisions : kMaxStockRounds);
  if (!answer) return std::move(answer).error();
  return decode_answer(*answer);
}

Result<std::optional<OrderAnswer>, Failure> find_order(context::TenantContext& tenant,
                                                       const std::string& requester,
                                                       const std::string& identifier) {
  const OnlyOnce once(tenant, {requester, std::string(kFunction), identifier}, {},
                      identifier_reused(identifier));
  auto text = once.earlier_to_any_body();
  if (!text) return std::move(text).error();
  if (!*text) return std::optional<OrderAnswer>();
  auto answer = decode_answer(**text);
  if (!answer) return std::move(answer).error();
  return std::optional(std::move(*answer));
}

}  // namespace berth::smdpplus
