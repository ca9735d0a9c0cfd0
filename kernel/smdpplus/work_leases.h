// Which of a host's nodes does a tenant's background work that two must not do at once: sending
// reports in order, verifying a backlog of notifications.
//
// A lease bounds duplicates, it does not exclude them: a node that was stopped and wakes up after
// its lease lapsed goes on until it asks again. What it writes is guarded by revisions, and
// receivers know a repeated report by its call identifier.

#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "kernel/base/clock.h"
#include "kernel/base/random.h"
#include "kernel/ledger/worker_lease_rows.h"

namespace berth::smdpplus {

inline constexpr std::string_view kReportWork = "reports";
inline constexpr std::string_view kNotificationWork = "notifications";

// Thread-safe; for one tenant and work one caller at a time.
class WorkLeases {
 public:
  virtual ~WorkLeases() = default;
  // Does this node do it now? True: nobody else will begin to for kLeaseReserve, so ask before each
  // piece of work that takes no longer than that.
  virtual bool hold(const TenantId& tenant, std::string_view work) = 0;
  // This node stops doing it: another may begin at once.
  virtual void give_up(const TenantId& tenant, std::string_view work) noexcept = 0;
};

// A host's only node does everything.
class SoleNode final : public WorkLeases {
 public:
  bool hold(const TenantId& /*tenant*/, std::string_view /*work*/) override { return true; }
  void give_up(const TenantId& /*tenant*/, std::string_view /*work*/) noexcept override {}
};

inline constexpr std::chrono::seconds kLeaseLength{60};
inline constexpr std::chrono::seconds kLeaseRenewal{15};  // renewed when it is older than this
inline constexpr std::chrono::seconds kLeasePoll{5};      // whoever waits looks this often
// A round of reports takes 15 seconds and what the ledger needs to note them.
inline constexpr std::chrono::seconds kLeaseReserve{30};

// Leases in a table of the ledger's database. Whoever waits takes a lease over when it was not
// renewed for kLeaseLength by the waiting node's own clock; the holder counts from before it asked
// for the renewal. So no two clocks are compared, and a clock that is set does no harm.
class SharedWorkLeases final : public WorkLeases {
 public:
  // `clock` is borrowed. The node's name in the table is random: a restart is another node.
  SharedWorkLeases(ledger::WorkerLeaseRows rows, const Clock& clock, Random& random)
      : rows_(std::move(rows)), clock_(clock), node_(to_hex(random.bytes(16))) {}

  bool hold(const TenantId& tenant, std::string_view work) override;
  void give_up(const TenantId& tenant, std::string_view work) noexcept override;

 private:
  // The lease as this node knows it.
  struct Seen {
    std::optional<ledger::WorkerLease> lease;
    // Ours: just before it was last renewed. Another's: just after it was first seen like this.
    std::chrono::nanoseconds since{0};
    std::optional<std::chrono::nanoseconds> asked;
  };
  Seen& seen(const TenantId& tenant, std::string_view work);
  bool is_ours(const Seen& seen) const { return seen.lease && seen.lease->holder == node_; }
  Result<bool> ask(const TenantId& tenant, const std::string& work, Seen& seen) const;
  bool free_for_us(const ledger::WorkerLease& row, const Seen& seen) const;

  const ledger::WorkerLeaseRows rows_;
  const Clock& clock_;
  const std::string node_;
  std::mutex mutex_;  // over the map; each entry belongs to its one caller
  std::map<std::pair<TenantId, std::string>, Seen> seen_;
};

}  // namespace berth::smdpplus
