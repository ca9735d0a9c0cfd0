// How many requests still come to names that a tenant had before, or that no route has any more: a
// day and a name at a time (R59, R60).
//
// Counted in memory, written to the host's ledger now and then; a crash loses what came since.
// Thread-safe.

#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "kernel/base/clock.h"
#include "kernel/ledger/host_ledger.h"

namespace berth::routing {

inline constexpr std::size_t kMaxCountedNames = 10'000;  // between two writes; more are not counted

struct NameTraffic {
  std::string day;  // "2026-05-07", UTC
  std::string name;
  std::uint64_t served = 0;   // for the tenant that had the name before
  std::uint64_t refused = 0;  // no route has the name
};

class RealmTraffic {
 public:
  // Both borrowed.
  RealmTraffic(ledger::HostLedger& ledger, const Clock& clock) : ledger_(ledger), clock_(clock) {}

  void count(const HostName& name, bool served);
  // Adds what was counted to the ledger; what cannot be written is kept for the next time.
  Result<void> write();
  // Days and names in order, from this day on; what is not written yet counts, too.
  Result<std::vector<NameTraffic>> report(const std::string& from_day) const;

 private:
  using Counts = std::map<std::string, NameTraffic>;  // by day and name
  Result<void> add(const NameTraffic& more);
  void put_back(const NameTraffic& more);

  ledger::HostLedger& ledger_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  Counts counts_;
};

}  // namespace berth::routing
