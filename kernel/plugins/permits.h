// A bounded number of calls in flight, and a bounded number of callers who wait for one to end:
// first come, first served.
//
// Thread-safe. Must outlive every Permit it gave.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>

#include "kernel/base/clock.h"
#include "kernel/base/result.h"

namespace berth::plugins {

class Permits;

// The right to be in flight, given back on destruction.
class Permit {
 public:
  Permit(Permit&& other) noexcept : permits_(other.permits_), waited_(other.waited_) {
    other.permits_ = nullptr;
  }
  Permit(const Permit&) = delete;
  Permit& operator=(const Permit&) = delete;
  Permit& operator=(Permit&&) = delete;
  ~Permit();

  // It was not free at once, and so time has passed.
  bool waited() const { return waited_; }

 private:
  friend class Permits;
  Permit(Permits* permits, bool waited) : permits_(permits), waited_(waited) {}
  Permits* permits_;
  bool waited_;
};

// A caller who may as well be served elsewhere, or one who must be served here.
enum class Waiting : std::uint8_t { kMovable = 1, kHere };

class Permits {
 public:
  static constexpr std::uint32_t kMaxWaiting = 256;
  static constexpr std::chrono::seconds kLongestWait{30};

  Permits(std::uint32_t count, const Clock& clock, std::uint32_t max_waiting = kMaxWaiting)
      : free_(count), max_waiting_(max_waiting), clock_(clock) {}

  // Waits until `deadline` (Clock::monotonic()), kLongestWait at most. kResourceExhausted
  // "plugin.busy" when the wait was in vain, or at once when as many callers wait as may; kAborted
  // "plugin.retired" for a movable caller once close() was called. `who` is named in the message.
  Result<Permit> acquire(std::chrono::nanoseconds deadline, const std::string& who,
                         Waiting waiting = Waiting::kHere);

  // Sends the movable callers away, those who wait and those to come.
  void close();
  bool closed() const;
  std::uint32_t waiting() const;

 private:
  friend class Permit;
  struct Waiter {
    const Waiting waiting;
    std::condition_variable wake{};
    bool granted = false;
    bool moved = false;
  };
  void release();

  mutable std::mutex mutex_;
  std::uint32_t free_;
  bool closed_ = false;
  std::list<Waiter*> queue_;  // on the stacks of those who wait; the next one to be served first
  const std::uint32_t max_waiting_;
  const Clock& clock_;
};

}  // namespace berth::plugins
