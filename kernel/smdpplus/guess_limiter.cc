#include "kernel/smdpplus/guess_limiter.h"

#include <algorithm>

namespace berth::smdpplus {
namespace {

constexpr UnixMs kWindowMs = 60'000;

bool over(UnixMs since_ms, UnixMs now) { return now - since_ms >= kWindowMs || now < since_ms; }

}  // namespace

bool GuessLimiter::allows(const TenantId& tenant, const Eid& eid, UnixMs now) const {
  const std::lock_guard lock(mutex_);
  const auto found = watched_.find({tenant, eid});
  return found == watched_.end() || over(found->second.since_ms, now) ||
         found->second.misses < kMaxMissesPerMinute;
}

void GuessLimiter::missed(const TenantId& tenant, const Eid& eid, UnixMs now) {
  const std::lock_guard lock(mutex_);
  if (watched_.size() >= kMaxWatchedCards) forget_old(now);
  Watch& watch = watched_[{tenant, eid}];
  if (watch.misses == 0 || over(watch.since_ms, now)) watch = {now, 0};
  ++watch.misses;
}

void GuessLimiter::forget_old(UnixMs now) {
  std::erase_if(watched_, [now](const auto& entry) { return over(entry.second.since_ms, now); });
  if (watched_.size() < kMaxWatchedCards) return;
  const auto oldest = std::min_element(
      watched_.begin(), watched_.end(),
      [](const auto& a, const auto& b) { return a.second.since_ms < b.second.since_ms; });
  watched_.erase(oldest);
}

}  // namespace berth::smdpplus
