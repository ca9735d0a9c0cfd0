// Whether a dependency is asked at all (Nygard, "Release It!"): after some failures in a row it is
// left alone for a while, then one caller tries for all.
//
//   closed ──failures in a row──▶ open ──`open` has passed, one caller asks──▶ half-open
//   half-open ──the trial fails──▶ open;  half-open ──it succeeds──▶ closed
//
// Knows nothing of what is called. Thread-safe; the clock is borrowed and must outlive it.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

#include "kernel/base/clock.h"

namespace berth {

class CircuitBreaker {
 public:
  enum class State : std::uint8_t { kClosed = 1, kOpen, kHalfOpen };

  struct Settings {
    std::uint32_t failures = 5;              // in a row, at least 1: then it opens
    std::chrono::milliseconds open{10'000};  // how long nobody is let through, at least 1
  };

  // The right to one call; to be reported exactly once.
  struct Admission {
    bool trial = false;
  };

  CircuitBreaker(Settings settings, const Clock& clock) : settings_(settings), clock_(clock) {}

  // None: stay away for retry_after().
  std::optional<Admission> admit();
  void report(Admission admission, bool failed);

  // What admit() would say, without taking the trial.
  bool refuses() const;
  // Until a caller may try again, 1 ms at least: while a trial runs nobody knows, and it is the
  // whole of Settings::open.
  std::chrono::milliseconds retry_after() const;
  // Open also when its time has passed and nobody has tried yet.
  State state() const;

 private:
  std::chrono::nanoseconds left() const;  // of the time it stays open; under mutex_

  const Settings settings_;
  const Clock& clock_;
  // Closed, and the last report was a success: the way of nearly every call takes no lock.
  std::atomic<bool> calm_{true};
  mutable std::mutex mutex_;
  State state_ = State::kClosed;
  std::uint32_t failures_ = 0;  // in a row
  std::chrono::nanoseconds opened_{0};
};

}  // namespace berth
