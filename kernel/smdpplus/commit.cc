#include "kernel/smdpplus/commit.h"

namespace berth::smdpplus {
namespace {

Error unavailable(std::string_view reason, std::string message) {
  return Error(ErrorCode::kUnavailable, reason, std::move(message))
      .with_retry_after(std::chrono::seconds(5));
}

}  // namespace

Result<std::variant<ledger::Committed, ledger::Refused>, Failure> commit(
    ledger::TenantLedger& ledger, ledger::Unit unit) {
  using Decided = std::variant<ledger::Committed, ledger::Refused>;
  const std::string commit_id = unit.commit_id;
  ledger::Outcome outcome = ledger.commit(std::move(unit));
  if (std::holds_alternative<ledger::Unknown>(outcome)) outcome = ledger.resolve(commit_id);

  if (const auto* committed = std::get_if<ledger::Committed>(&outcome)) {
    return Decided(*committed);
  }
  if (const auto* refused = std::get_if<ledger::Refused>(&outcome)) {
    if (refused->reason == ledger::RefusalReason::kOverloaded) {
      return Failure(unavailable("ledger.overloaded", "the ledger's queue is full; try again"));
    }
    if (refused->reason == ledger::RefusalReason::kUnavailable) {
      return Failure(unavailable("ledger.unavailable",
                                 "the ledger cannot be written; the host must look at its disk"));
    }
    return Decided(*refused);
  }
  return Failure(
      unavailable(kOutcomeUnknown, "whether the change was made is not known yet; try again"));
}

Error contention_error() {
  return Error(ErrorCode::kAborted, "ledger.contention",
               "other requests kept changing the same order; try again")
      .with_retry_after(std::chrono::seconds(1));
}

}  // namespace berth::smdpplus
