#include "kernel/base/token_bucket.h"

#include <algorithm>

namespace berth {
namespace {

constexpr double kBurstSeconds = 0.25;
// What adding up fractions may lose; a millionth of a token.
constexpr double kRounding = 1e-6;

}  // namespace

TokenBucket::TokenBucket(std::uint32_t per_second, const Clock& clock)
    : clock_(clock), per_second_(per_second), tokens_(capacity()), filled_(clock.monotonic()) {}

double TokenBucket::capacity() const {
  return per_second_ == 0 ? 0.0 : std::max(1.0, per_second_ * kBurstSeconds);
}

void TokenBucket::fill(std::chrono::nanoseconds now) const {
  const double seconds = std::chrono::duration<double>(now - filled_).count();
  filled_ = now;
  tokens_ = std::min(capacity(), tokens_ + std::max(0.0, seconds) * per_second_);
}

bool TokenBucket::take() {
  const std::lock_guard lock(mutex_);
  fill(clock_.monotonic());
  if (tokens_ < 1.0 - kRounding) return false;
  tokens_ = std::max(0.0, tokens_ - 1.0);
  return true;
}

std::chrono::milliseconds TokenBucket::retry_after() const {
  const std::lock_guard lock(mutex_);
  fill(clock_.monotonic());
  if (per_second_ == 0) return std::chrono::seconds(1);
  const double missing = std::max(0.0, 1.0 - kRounding - tokens_);
  return std::chrono::ceil<std::chrono::milliseconds>(
      std::chrono::duration<double>(missing / per_second_));
}

void TokenBucket::set_rate(std::uint32_t per_second) {
  const std::lock_guard lock(mutex_);
  fill(clock_.monotonic());
  per_second_ = std::min(per_second, kMaxRate);
  tokens_ = std::min(tokens_, capacity());
}

}  // namespace berth
