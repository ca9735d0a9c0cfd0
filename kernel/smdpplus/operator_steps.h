// A step of an order by the operator's own command: named by order id or ICCID, at most once.
//
// Private to this folder.

#pragma once

#include <functional>
#include <string_view>

#include "kernel/smdpplus/idempotency.h"
#include "kernel/smdpplus/order_steps.h"
#include "kernel/smdpplus/orders.h"

namespace berth::smdpplus {

// A commit refused because the order has expired: 8.2.1/3.5. Anything else: decide anew.
std::optional<Failure> expired_or_anew(const ledger::Refused& refused);

// kInvalidArgument "order.identifier_invalid" unless it has 1 to 128 octets.
Result<void, Failure> check_identifier(std::string_view identifier);
// What an identifier used for another request is told: kAlreadyExists "order.identifier_reused".
Failure identifier_reused(std::string_view identifier);

Result<OrderState, Failure> run_operator_step(
    context::TenantContext& tenant, const OrderCall& call, std::string_view function,
    const std::function<Result<StepDecision, Failure>(const OrderedProfile&)>& decide);

// An order's answer as it is stored.
std::string encode_answer(const OrderAnswer& answer);
// kDataLoss "order.answer_damaged".
Result<OrderAnswer, Failure> decode_answer(std::string_view text);

}  // namespace berth::smdpplus
