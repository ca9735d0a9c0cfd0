// Where the room's exceptions become values.

#pragma once

#include "kernel/base/error.h"

namespace berth::ledger {

// Call inside a catch block. "ledger.unavailable" (retry), "ledger.corrupt_row" (data loss) or
// "ledger.failed".
Error error_of_current_exception();

}  // namespace berth::ledger
