// Break-glass: one operator acts alone for a short time, and everybody is told.
//
// While a grant lasts, what would wait for a second person is done at once for the operator who
// opened it. Each grant is an alarm of the doctor's until another person has acknowledged it.
// Kept in the host ledger, so that every node and the next start know it. Thread-safe.

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "kernel/api/access.h"
#include "kernel/base/random.h"
#include "kernel/ledger/host_ledger.h"

namespace berth::api {

inline constexpr std::chrono::minutes kBreakGlassLifetime{15};

struct Grant {
  std::string id;  // rises with time
  std::string who;
  std::string reason;
  UnixMs opened_ms = 0;
  UnixMs ends_ms = 0;
  std::string acknowledged_by;  // empty: by nobody yet
  std::int64_t revision = 1;
};

class BreakGlass {
 public:
  BreakGlass(ledger::HostLedger& ledger, const Clock& clock, Random& random)
      : ledger_(ledger), clock_(clock), random_(random) {}

  // Opens a grant; one that `who` has open already is answered as it is. kInvalidArgument
  // "break_glass.reason": it wants a reason of 8 to 500 octets.
  Result<Grant> open(const Identity& who, const std::string& reason);
  // The grant that `who` may act alone by, now.
  Result<std::optional<Grant>> open_for(const Identity& who) const;
  // By another person than the one who opened it (on a host that knows one person only: by that
  // one). kPermissionDenied "break_glass.own"; kNotFound "break_glass.unknown";
  // kAborted "break_glass.changed".
  Result<Grant> acknowledge(const Identity& who, const std::string& id, bool one_person_enough);
  // Not acknowledged yet, oldest first. kDataLoss "break_glass.damaged".
  Result<std::vector<Grant>> unacknowledged() const;

 private:
  ledger::HostLedger& ledger_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace berth::api
