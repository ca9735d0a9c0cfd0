// One tenant's limits as they are enforced now, and what came of them: rates, places it may hold of
// those all tenants share, its part of the store. May be changed while it is used.
//
// A limit never looks at another tenant's use, but for places: of those the host has only so many,
// and who holds the fewest is next. Thread-safe; the clock is borrowed and must outlive it.

#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "kernel/base/fair_slots.h"
#include "kernel/base/token_bucket.h"
#include "kernel/ledger/tenant_ledger.h"
#include "kernel/tenancy/limits.h"

namespace berth::context {

// What a host has of each, for all its tenants.
struct SharedPlaces {
  FairSlots workers;
  FairSlots notification_workers;
  FairSlots hsm;  // calls into the host's HSM
};

class TenantLimits {
 public:
  using Limit = tenancy::Limit;

  struct Use {
    std::uint64_t value = 0;    // the limit itself
    std::uint64_t in_use = 0;   // where something is held: connections, places, objects
    std::uint64_t allowed = 0;  // since the start, as the next
    std::uint64_t refused = 0;
    UnixMs last_refused_ms = 0;  // 0: never
    bool blocked = false;        // refused at least as often as allowed, this minute and the last
  };

  // Null `places`: of its own, as many as there may be.
  TenantLimits(const tenancy::LimitSettings& settings, const Clock& clock,
               std::shared_ptr<SharedPlaces> places = nullptr);

  tenancy::LimitSettings settings() const;
  // What the files say.
  const tenancy::LimitSettings& configured() const { return configured_; }
  void change(const tenancy::LimitSettings& settings);
  Use use(Limit limit) const;

  // A new connection: counted in until disconnect(), unless there are too many, or too many new.
  bool connect();
  void disconnect();

  // kDownloadsPerSecond, kEs2PerSecond: one more now?
  bool take(Limit rate);
  std::chrono::milliseconds retry_after(Limit rate) const;

  // kWorkers, kNotificationWorkers, kHsmInFlight (of the host's HSM). Empty: none came free in
  // time.
  std::optional<FairSlots::Slot> place(Limit limit, std::chrono::nanoseconds longest_wait);
  // The same for the tenant's own HSM.
  std::optional<FairSlots::Slot> own_hsm_place(std::chrono::nanoseconds longest_wait);

  // What is stored already is asked of the ledger, seldom: imports of other nodes are noticed
  // within kStoredKnown.
  static constexpr std::chrono::minutes kStoredKnown{10};
  Result<void> know_stored(ledger::TenantLedger& ledger);
  // Counts what is about to be stored; "limits.storage" when it would be too much.
  Result<void> store(const ledger::StoredObjects& more, ledger::TenantLedger& ledger);
  void unstore(const ledger::StoredObjects& less);

  // What the caller decided by a limit it reads itself (kConcurrentDownloads).
  void note(Limit limit, bool allowed);

 private:
  struct Tally {
    std::uint64_t allowed = 0, refused = 0;
    UnixMs last_refused_ms = 0;
    std::int64_t minute = 0;
    std::uint64_t now_allowed = 0, now_refused = 0;  // in `minute`
    std::uint64_t before_allowed = 0, before_refused = 0;
    void turn(std::int64_t to);
  };
  FairSlots& slots_of(Limit limit) const;
  FairSlots::Party& party_of(Limit limit);

  const tenancy::LimitSettings configured_;
  const Clock& clock_;
  const std::shared_ptr<SharedPlaces> places_;
  mutable std::mutex mutex_;
  tenancy::LimitSettings settings_;
  std::array<Tally, tenancy::kLimits> tallies_;
  std::uint64_t connections_ = 0;
  ledger::StoredObjects stored_;
  std::optional<std::chrono::nanoseconds> stored_asked_;
  TokenBucket new_connections_;
  TokenBucket downloads_;
  TokenBucket es2_;
  FairSlots::Party workers_;
  FairSlots::Party notification_workers_;
  FairSlots::Party hsm_;
  FairSlots own_hsm_slots_{tenancy::kMaxPlaces};
  FairSlots::Party own_hsm_;
};

}  // namespace berth::context
