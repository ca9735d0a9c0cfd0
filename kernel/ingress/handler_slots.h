// How many handlers run at once. Thread-safe.
//
// Not std::counting_semaphore: g++ 12's timed wait polls, and hundreds of waiting connections would
// take the processor from the few that work.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace berth::ingress {

class HandlerSlots {
 public:
  explicit HandlerSlots(std::uint32_t count) : free_(count) {}

  // False when none became free in time.
  bool acquire_until(std::chrono::steady_clock::time_point latest) {
    std::unique_lock lock(mutex_);
    if (!freed_.wait_until(lock, latest, [this] { return free_ > 0; })) return false;
    --free_;
    return true;
  }
  void release() {
    {
      const std::lock_guard lock(mutex_);
      ++free_;
    }
    freed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  std::uint32_t free_;
};

}  // namespace berth::ingress
