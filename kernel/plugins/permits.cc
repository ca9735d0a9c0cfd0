#include "kernel/plugins/permits.h"

#include <algorithm>

namespace berth::plugins {
namespace {

constexpr std::chrono::milliseconds kRetryAfter{200};

Error busy(const std::string& who) {
  return Error(ErrorCode::kResourceExhausted, "plugin.busy",
               "plugin " + who + " has as many calls in flight as it takes")
      .with_retry_after(kRetryAfter);
}

Error retired(const std::string& who) {
  return {ErrorCode::kAborted, "plugin.retired", "plugin " + who + " makes way for another"};
}

}  // namespace

Permit::~Permit() {
  if (permits_ != nullptr) permits_->release();
}

Result<Permit> Permits::acquire(std::chrono::nanoseconds deadline, const std::string& who,
                                Waiting waiting) {
  std::unique_lock lock(mutex_);
  if (closed_ && waiting == Waiting::kMovable) return retired(who);
  if (free_ > 0) {  // then nobody waits: release() serves the queue before it frees
    --free_;
    return Permit(this, false);
  }
  const auto left = deadline - clock_.monotonic();
  if (queue_.size() >= max_waiting_ || left <= std::chrono::nanoseconds::zero()) return busy(who);
  Waiter me{waiting};
  const auto place = queue_.insert(queue_.end(), &me);
  me.wake.wait_for(lock, std::min<std::chrono::nanoseconds>(left, kLongestWait),
                   [&me] { return me.granted || me.moved; });
  if (me.granted) return Permit(this, true);
  if (me.moved) return retired(who);
  queue_.erase(place);
  return busy(who);
}

void Permits::release() {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) {
    ++free_;
    return;
  }
  // Under the lock: once it is granted, the waiter and its condition may be gone.
  queue_.front()->granted = true;
  queue_.front()->wake.notify_one();
  queue_.pop_front();
}

void Permits::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  queue_.remove_if([](Waiter* waiter) {
    if (waiter->waiting != Waiting::kMovable) return false;
    waiter->moved = true;
    waiter->wake.notify_one();
    return true;
  });
}

bool Permits::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

std::uint32_t Permits::waiting() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::uint32_t>(queue_.size());
}

}  // namespace berth::plugins
