#include "kernel/ledger/session.h"

namespace berth::ledger {

void Session::rollback() noexcept {
  try {
    if (in_transaction()) run_script("rollback");
  } catch (const std::exception&) {
    // The connection is dropped by whoever sees its next failure; the transaction goes with it.
  }
}

}  // namespace berth::ledger
