#include "kernel/plugin_host/pending_closes.h"

namespace berth::plugin_host {

std::uint64_t PendingCloses::asked() {
  const std::lock_guard lock(mutex_);
  pending_.insert(++last_);
  return last_;
}

void PendingCloses::done(std::uint64_t number) {
  {
    const std::lock_guard lock(mutex_);
    pending_.erase(number);
  }
  changed_.notify_all();
}

std::uint64_t PendingCloses::last() const {
  const std::lock_guard lock(mutex_);
  return last_;
}

void PendingCloses::await(std::uint64_t number) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return pending_.empty() || *pending_.begin() > number; });
}

}  // namespace berth::plugin_host
