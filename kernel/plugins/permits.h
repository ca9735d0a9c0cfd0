// A bounded number of calls in flight, and a bounded number of callers who wait for one to end.
//
// Thread-safe. Must outlive every Permit it gave.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "kernel/base/clock.h"
#include "kernel/base/result.h"

namespace berth::plugins {

class Permits;

// The right to be in flight, given back on destruction.
class Permit {
 public:
  Permit(Permit&& other) noexcept : permits_(other.permits_) { other.permits_ = nullptr; }
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;
  Permit& operator=(Permit&&) = delete;
  ~Permit();

 private:
  friend class Permits;
  explicit Permit(Permits* permits) : permits_(permits) {}
  Permits* permits_;
};

class Permits {
 public:
  static constexpr std::uint32_t kMaxWaiting = 256;
  static constexpr std::chrono::seconds kLongestWait{30};

  Permits(std::uint32_t count, const Clock& clock) : free_(count), clock_(clock) {}

  // Waits until `deadline` (Clock::monotonic()), kLongestWait at most. kResourceExhausted
  // "plugin.busy" when the wait was in vain, or at once when kMaxWaiting callers wait already;
  // `who` is named in its message.
  Result<Permit> acquire(std::chrono::nanoseconds deadline, const std::string& who);

 private:
  friend class Permit;
  void release();

  std::mutex mutex_;
  std::condition_variable freed_;
  std::uint32_t free_;
  std::uint32_t waiting_ = 0;
  const Clock& clock_;
};

}  // namespace berth::plugins
