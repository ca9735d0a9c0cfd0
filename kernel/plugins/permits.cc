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

}  // namespace

Permit::~Permit() {
  if (permits_ != nullptr) permits_->release();
}

Result<Permit> Permits::acquire(std::chrono::nanoseconds deadline, const std::string& who) {
  std::unique_lock lock(mutex_);
  if (free_ == 0) {
    const auto left = deadline - clock_.monotonic();
    if (waiting_ >= kMaxWaiting || left <= std::chrono::nanoseconds::zero()) return busy(who);
    ++waiting_;
    const bool freed = freed_.wait_for(lock, std::min<std::chrono::nanoseconds>(left, kLongestWait),
                                       [this] { return free_ > 0; });
    --waiting_;
    if (!freed) return busy(who);
  }
  --free_;
  return Permit(this);
}

void Permits::release() {
  {
    const std::lock_guard lock(mutex_);
    ++free_;
  }
  freed_.notify_one();
}

}  // namespace berth::plugins
