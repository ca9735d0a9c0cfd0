// One thread waits until another has answered.
//
// Not std::binary_semaphore: g++ 12's spins and yields before it sleeps, and its timed wait polls,
// each with a share of the processor that the one who is to answer needs.

#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace berth::ledger {

class Answered {
 public:
  void release() {
    // Under the lock: whoever waits may destroy this as soon as it sees the answer.
    const std::lock_guard lock(mutex_);
    done_ = true;
    changed_.notify_one();
  }
  void acquire() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return done_; });
  }
  bool try_acquire() {
    const std::lock_guard lock(mutex_);
    return done_;
  }
  template <class Duration>
  bool try_acquire_for(Duration longest) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, longest, [this] { return done_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
};

}  // namespace berth::ledger
