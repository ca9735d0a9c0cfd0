#include "kernel/ledger/unit.h"

#include "kernel/base/assert.h"

namespace berth::ledger {

std::string_view to_string(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::kGuard:
      return "guard";
    case RefusalReason::kDuplicate:
      return "duplicate";
    case RefusalReason::kExpired:
      return "expired";
    case RefusalReason::kAnswered:
      return "answered";
    case RefusalReason::kOverloaded:
      return "overloaded";
    case RefusalReason::kUnavailable:
      return "unavailable";
  }
  BERTH_ASSERT(false);
}

}  // namespace berth::ledger
