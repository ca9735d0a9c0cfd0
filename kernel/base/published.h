// A value that is replaced as a whole while others read it: who took one goes on with it.
// Thread-safe; a mutex guards the pointer.

#pragma once

#include <memory>
#include <mutex>

namespace berth {

template <class T>
class Published {
 public:
  explicit Published(std::shared_ptr<const T> first) : now_(std::move(first)) {}

  std::shared_ptr<const T> now() const {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  // One who makes the next from now() at a time, or what another made is lost.
  void become(std::shared_ptr<const T> next) {
    const std::lock_guard lock(mutex_);
    now_.swap(next);  // the value before ends after the lock
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> now_;
};

}  // namespace berth
