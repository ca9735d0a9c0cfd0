#include "kernel/ledger/read_pool.h"

namespace berth::ledger {

std::unique_ptr<Session> ReadPool::borrow() {
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [this] { return free_slots_ > 0; });
  --free_slots_;
  if (idle_.empty()) return nullptr;
  std::unique_ptr<Session> session = std::move(idle_.back());
  idle_.pop_back();
  return session;
}

void ReadPool::give_back(std::unique_ptr<Session> session) {
  if (!keep_) session.reset();
  {
    const std::lock_guard lock(mutex_);
    ++free_slots_;
    if (session) idle_.push_back(std::move(session));
  }
  returned_.notify_one();
}

}  // namespace berth::ledger
