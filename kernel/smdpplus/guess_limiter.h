// Slows down a card that tries codes (R101): after a few misses in a minute its further codes are
// refused unseen, with the same answer as a miss, until the minute has passed.
//
// Bounded: when more cards miss than fit, the oldest minutes are forgotten first. Thread-safe.

#pragma once

#include <map>
#include <mutex>
#include <utility>

#include "kernel/base/clock.h"
#include "kernel/base/identifiers.h"

namespace berth::smdpplus {

inline constexpr std::uint32_t kMaxMissesPerMinute = 10;
inline constexpr std::size_t kMaxWatchedCards = 100'000;

class GuessLimiter {
 public:
  // May this card's code be looked up now?
  bool allows(const TenantId& tenant, const Eid& eid, UnixMs now) const;
  // The code it presented was no open order of the tenant.
  void missed(const TenantId& tenant, const Eid& eid, UnixMs now);

 private:
  struct Watch {
    UnixMs since_ms = 0;
    std::uint32_t misses = 0;
  };
  void forget_old(UnixMs now);

  mutable std::mutex mutex_;
  std::map<std::pair<TenantId, Eid>, Watch> watched_;
};

}  // namespace berth::smdpplus
