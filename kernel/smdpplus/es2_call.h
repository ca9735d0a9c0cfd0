// One ES2+ call, at most once. Private to this folder.

#pragma once

#include <string_view>

#include "kernel/rsp/sgp22/es2_messages.h"
#include "kernel/smdpplus/idempotency.h"
#include "kernel/smdpplus/order_steps.h"

namespace berth::smdpplus {

inline Caller caller_of(const rsp::sgp22::FunctionHeader& header) {
  return {header.requester, header.call};
}

// Runs `decide` once for this call and keeps its answer. A refusal is kept, too, with an audit
// record about `subject`, unless waiting may cure it.
Result<std::string, Failure> run_es2(context::TenantContext& tenant, std::string_view function,
                                     const rsp::sgp22::FunctionHeader& header, const Sha256& body,
                                     const ledger::Subject& subject, const OnlyOnce::Decide& decide,
                                     const OnlyOnce::OnRefused& on_refused,
                                     int rounds = kMaxDecisions);

}  // namespace berth::smdpplus
