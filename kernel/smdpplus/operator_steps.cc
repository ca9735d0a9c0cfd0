#include "kernel/smdpplus/operator_steps.h"

#include <nlohmann/json.hpp>

#include "kernel/lifecycle/profile.h"
#include "kernel/rsp/sgp22/es2_messages.h"
#include "kernel/rsp/sgp22/status_codes.h"

namespace berth::smdpplus {
namespace {

using nlohmann::json;

Failure damaged() {
  return Error(ErrorCode::kDataLoss, "order.answer_damaged",
               "the stored answer of this order cannot be read");
}

std::string encode(const StepDecision& step) {
  return json{{"orderId", step.order.order_id},
              {"iccid", step.order.iccid.text()},
              {"state", lifecycle::to_string(step.profile.state)}}
      .dump();
}

Result<OrderState, Failure> decode(std::string_view text) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return damaged();
  const auto iccid = Iccid::parse(object.value("iccid", ""));
  if (!iccid) return damaged();
  return OrderState{object.value("orderId", ""), *iccid, object.value("state", "")};
}

}  // namespace

std::optional<Failure> expired_or_anew(const ledger::Refused& refused) {
  if (refused.reason != ledger::RefusalReason::kExpired) return std::nullopt;
  return Failure(rsp::sgp22::profile_transition_invalid("the order has expired"));
}

Result<void, Failure> check_identifier(std::string_view identifier) {
  if (!identifier.empty() && identifier.size() <= rsp::sgp22::kMaxFunctionIdentifier) return {};
  return Failure(Error(ErrorCode::kInvalidArgument, "order.identifier_invalid",
                       "an order carries the requester's own identifier of 1 to 128 characters"));
}

Failure identifier_reused(std::string_view identifier) {
  return Error(ErrorCode::kAlreadyExists, "order.identifier_reused",
               "identifier '" + std::string(identifier) +
                   "' was used for another order; choose a new identifier");
}

Result<OrderState, Failure> run_operator_step(
    context::TenantContext& tenant, const OrderCall& call, std::string_view function,
    const std::function<Result<StepDecision, Failure>(const OrderedProfile&)>& decide) {
  if (auto good = check_identifier(call.identifier); !good) return std::move(good).error();
  // The function's own name carries what differs (Available, Unavailable), so it is of the body.
  const std::string name(function.substr(0, function.find('/')));
  const OnlyOnce once(tenant, {call.requester, name, call.identifier},
                      RequestDigest().add(function).add(call.key).finish(),
                      identifier_reused(call.identifier));
  auto answer = once.run(
      [&]() -> Result<Decision, Failure> {
        auto found = find_ordered(tenant, std::string_view(call.key));
        if (!found) return std::move(found).error();
        auto step = decide(*found);
        if (!step) return std::move(step).error();
        std::string text = encode(*step);
        return Decision{std::move(step->unit), std::move(text)};
      },
      expired_or_anew);
  if (!answer) return std::move(answer).error();
  return decode(*answer);
}

std::string encode_answer(const OrderAnswer& answer) {
  return json{{"orderId", answer.order_id},
              {"iccid", answer.iccid.text()},
              {"matchingId", answer.matching_id.text()},
              {"activationCode", answer.activation_code},
              {"expiresMs", answer.expires_ms},
              {"state", answer.state}}
      .dump();
}

Result<OrderAnswer, Failure> decode_answer(std::string_view text) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return damaged();
  const auto iccid = Iccid::parse(object.value("iccid", ""));
  const std::string token = object.value("matchingId", "");
  const auto matching_id = MatchingId::parse(token);
  if (!iccid || (!token.empty() && !matching_id)) return damaged();
  return OrderAnswer{object.value("orderId", ""), *iccid,
                     token.empty() ? OrderCode() : OrderCode(*matching_id),
                     object.value("activationCode", ""), object.value("expiresMs", UnixMs{0}),
                     // An answer of a program that made released orders alone has none.
                     object.value("state", "Released")};
}

}  // namespace berth::smdpplus
