#include "kernel/plugins/retirement.h"

#include <system_error>

namespace berth::plugins {

Retirement::~Retirement() {
  const std::lock_guard lock(mutex_);
  stop_ = true;
  came_.notify_one();
}

void Retirement::take(Retiring* one) noexcept {
  std::unique_lock lock(mutex_);
  try {
    if (!thread_.joinable()) thread_ = std::jthread([this] { run(); });
  } catch (const std::system_error&) {
    lock.unlock();
    delete one;
    return;
  }
  (last_ == nullptr ? first_ : last_->next_) = one;
  last_ = one;
  came_.notify_one();
}

void Retirement::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    came_.wait(lock, [this] { return stop_ || first_ != nullptr; });
    if (first_ == nullptr) return;
    Retiring* const one = first_;
    first_ = one->next_;
    if (first_ == nullptr) last_ = nullptr;
    lock.unlock();
    delete one;  // may take as long as a plugin may drain
    lock.lock();
  }
}

}  // namespace berth::plugins
