// How often something may be done a second: a bucket that fills evenly and holds a quarter of a
// second's worth, one at least. So over ten seconds of steady demand no more than 2.5 % is allowed
// beyond the rate, and none that the rate would give is lost (R121).
//
// Thread-safe. The clock is borrowed and must outlive it.

#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include "kernel/base/clock.h"

namespace berth {

class TokenBucket {
 public:
  // A second; 0 allows nothing.
  static constexpr std::uint32_t kMaxRate = 1'000'000;

  TokenBucket(std::uint32_t per_second, const Clock& clock);

  bool take();
  // Until take() may succeed again: 0 when it may now, a second when nothing is allowed.
  std::chrono::milliseconds retry_after() const;
  // From now on; what is in the bucket stays, as far as it fits the new one.
  void set_rate(std::uint32_t per_second);

 private:
  void fill(std::chrono::nanoseconds now) const;  // under mutex_
  double capacity() const;

  const Clock& clock_;
  mutable std::mutex mutex_;
  double per_second_;
  mutable double tokens_;
  mutable std::chrono::nanoseconds filled_;
};

}  // namespace berth
