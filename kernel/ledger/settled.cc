#include "kernel/ledger/settled.h"

namespace berth::ledger {

Error in_doubt_error() {
  return Error(ErrorCode::kUnavailable, "ledger.in_doubt",
               "the outcome of the ledger's last commit is not known yet; try again")
      .with_retry_after(std::chrono::seconds(1));
}

}  // namespace berth::ledger
