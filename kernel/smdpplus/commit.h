// Commits as services meet them: an unknown outcome is resolved before anything is answered.

#pragma once

#include <string_view>
#include <variant>

#include "kernel/ledger/tenant_ledger.h"
#include "kernel/smdpplus/failure.h"

namespace berth::smdpplus {

// How many times a decision is taken anew when another request changed what it was based on.
inline constexpr int kMaxDecisions = 4;

// Reason of the Error when even resolve() cannot tell: the change may or may not have been made.
inline constexpr std::string_view kOutcomeUnknown = "ledger.outcome_unknown";

// Committed, or Refused for the caller to look at. An outcome that stays unknown, a full queue and
// a ledger that cannot write are the Error the HTTP layer turns into 503.
Result<std::variant<ledger::Committed, ledger::Refused>, Failure> commit(
    ledger::TenantLedger& ledger, ledger::Unit unit);

// After kMaxDecisions lost races.
Error contention_error();

}  // namespace berth::smdpplus
