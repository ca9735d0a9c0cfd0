// Where the plugin instances of one tenant end: on a thread of its own, so that no request waits
// while one drains, and no other tenant when one never does.
//
// Thread-safe. Must outlive whatever will retire.

#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

namespace berth::plugins {

// What retires: destroyed once nobody uses it any more.
class Retiring {
 public:
  virtual ~Retiring() = default;

 private:
  friend class Retirement;
  Retiring* next_ = nullptr;
};

class Retirement {
 public:
  Retirement() = default;
  // When all that came has ended.
  ~Retirement();
  Retirement(const Retirement&) = delete;
  Retirement& operator=(const Retirement&) = delete;

  // Takes ownership and returns at once; they end one after the other, in the order they came. The
  // thread begins with the first; where there is none to be had they end on the caller's.
  void take(Retiring* one) noexcept;

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable came_;
  Retiring* first_ = nullptr;
  Retiring* last_ = nullptr;
  bool stop_ = false;
  std::jthread thread_;
};

}  // namespace berth::plugins
