#include "kernel/plugins/gate.h"

#include <algorithm>
#include <utility>

namespace berth::plugins {

Pass::Pass(Pass&& other) noexcept
    : gate_(std::exchange(other.gate_, nullptr)),
      permit_(std::move(other.permit_)),
      admission_(other.admission_),
      deadline_(other.deadline_) {}

Pass::~Pass() {
  if (gate_ != nullptr) gate_->leave(admission_, true);
}

void Pass::finish(const Error* error) {
  if (gate_ == nullptr) return;
  std::exchange(gate_, nullptr)->leave(admission_, error != nullptr && Gate::is_failure(*error));
}

Gate::Gate(std::string who, const GateSettings& settings, const Clock& clock)
    : who_(std::move(who)),
      settings_(settings),
      clock_(clock),
      breaker_(settings.breaker, clock),
      permits_(settings.max_concurrency, clock, settings.max_waiting) {}

bool Gate::is_failure(const Error& error) {
  return error.code() == ErrorCode::kUnavailable || error.code() == ErrorCode::kDeadlineExceeded ||
         error.code() == ErrorCode::kInternal;
}

Error Gate::open_error() const {
  return Error(ErrorCode::kUnavailable, "plugin.breaker_open",
               "plugin " + who_ + " failed " + std::to_string(settings_.breaker.failures) +
                   " times in a row and is left alone for a moment; berthctl plugin list shows "
                   "how it is")
      .with_retry_after(breaker_.retry_after());
}

Error Gate::late_error() const {
  return {ErrorCode::kDeadlineExceeded, "plugin.deadline", "no time was left to call " + who_};
}

Result<std::optional<Pass>> Gate::enter(std::chrono::nanoseconds deadline, Waiting waiting) {
  const std::chrono::nanoseconds now = clock_.monotonic();
  if (now >= deadline) return late_error();
  if (breaker_.refuses()) return open_error();
  const std::chrono::nanoseconds end = std::min(deadline, now + settings_.call_deadline);
  auto permit = permits_.acquire(end, who_, waiting);
  if (!permit) {
    if (waiting == Waiting::kMovable && permits_.closed()) return std::optional<Pass>();
    return std::move(permit).error();
  }
  if (permit->waited() && clock_.monotonic() >= end) return late_error();
  // It may have opened while we waited.
  const auto admission = breaker_.admit();
  if (!admission) return open_error();
  calls_.fetch_add(1, std::memory_order_relaxed);
  return std::optional<Pass>(Pass(this, *std::move(permit), *admission, end));
}

void Gate::leave(CircuitBreaker::Admission admission, bool failed) {
  breaker_.report(admission, failed);
  if (failed) failures_.fetch_add(1, std::memory_order_relaxed);
  ended_.fetch_add(1, std::memory_order_relaxed);
}

Gate::Counts Gate::counts() const {
  const std::uint64_t ended = ended_.load(std::memory_order_relaxed);
  const std::uint64_t calls = calls_.load(std::memory_order_relaxed);
  return {calls, failures_.load(std::memory_order_relaxed),
          static_cast<std::uint32_t>(calls - ended), permits_.waiting()};
}

}  // namespace berth::plugins
