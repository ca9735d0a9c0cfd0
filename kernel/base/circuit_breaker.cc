#include "kernel/base/circuit_breaker.h"

#include <algorithm>

namespace berth {

std::chrono::nanoseconds CircuitBreaker::left() const {
  return opened_ + settings_.open - clock_.monotonic();
}

std::optional<CircuitBreaker::Admission> CircuitBreaker::admit() {
  if (calm_.load(std::memory_order_acquire)) return Admission{};
  const std::lock_guard lock(mutex_);
  if (state_ == State::kClosed) return Admission{};
  if (state_ == State::kHalfOpen || left() > std::chrono::nanoseconds::zero()) return std::nullopt;
  state_ = State::kHalfOpen;
  return Admission{.trial = true};
}

void CircuitBreaker::report(Admission admission, bool failed) {
  if (!failed && calm_.load(std::memory_order_acquire)) return;
  const std::lock_guard lock(mutex_);
  // What was let through before it opened says nothing about now.
  if (state_ != State::kClosed && !admission.trial) return;
  failures_ = failed ? failures_ + 1 : 0;
  if (failed && (admission.trial || failures_ >= settings_.failures)) {
    state_ = State::kOpen;
    opened_ = clock_.monotonic();
  } else if (admission.trial) {
    state_ = State::kClosed;
  }
  calm_.store(state_ == State::kClosed && failures_ == 0, std::memory_order_release);
}

bool CircuitBreaker::refuses() const {
  if (calm_.load(std::memory_order_acquire)) return false;
  const std::lock_guard lock(mutex_);
  return state_ == State::kHalfOpen ||
         (state_ == State::kOpen && left() > std::chrono::nanoseconds::zero());
}

std::chrono::milliseconds CircuitBreaker::retry_after() const {
  const std::lock_guard lock(mutex_);
  const std::chrono::nanoseconds time = state_ == State::kOpen ? left() : settings_.open;
  return std::max(std::chrono::milliseconds(1), std::chrono::ceil<std::chrono::milliseconds>(time));
}

CircuitBreaker::State CircuitBreaker::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

}  // namespace berth
