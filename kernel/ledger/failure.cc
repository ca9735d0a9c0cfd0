#include "kernel/ledger/failure.h"

#include "kernel/ledger/session.h"

namespace berth::ledger {
namespace {
constexpr std::chrono::seconds kRetryAfter{1};
}

Error error_of_current_exception() {
  try {
    throw;
  } catch (const DatabaseError& failure) {
    return Error(ErrorCode::kUnavailable, "ledger.unavailable",
                 std::string("the ledger's database failed: ") + failure.what() +
                     "; check disk space and the disk, then try again")
        .with_retry_after(kRetryAfter);
  } catch (const CorruptRow& failure) {
    return {ErrorCode::kDataLoss, "ledger.corrupt_row",
            std::string("the ledger holds what this program never writes: ") + failure.what()};
  } catch (const std::exception& failure) {
    return {ErrorCode::kInternal, "ledger.failed",
            std::string("the ledger failed: ") + failure.what()};
  }
}

}  // namespace berth::ledger
