#include "kernel/ledger/checkpointer.h"

#include <pthread.h>

#include "kernel/ledger/session.h"

namespace berth::ledger {
namespace {

// A failure shows at the writer's own checkpoint or commit, if it lasts.
void move_log(const std::filesystem::path& database) noexcept {
  static const Statement kPassive{"pragma wal_checkpoint(passive)", "iii"};
  try {
    open_sqlite(database, Access::kCheckpoint)->query(kPassive, std::span<const Value>());
  } catch (const std::exception&) {
  }
}

void end(WriteAheadLog& log) {
  log.phase.store(WriteAheadLog::Phase::kMoved);
  log.phase.notify_all();
}

}  // namespace

Checkpointer::Checkpointer() : thread_([this] { loop(); }) {}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  asked_.notify_one();
  thread_.join();
  for (const auto& log : queue_) end(*log);
}

void Checkpointer::ask(std::shared_ptr<WriteAheadLog> log) {
  {
    const std::lock_guard lock(mutex_);
    log->phase.store(WriteAheadLog::Phase::kAsked);
    queue_.push_back(std::move(log));
  }
  asked_.notify_one();
}

void Checkpointer::loop() {
  pthread_setname_np(pthread_self(), "checkpoints");
  std::unique_lock lock(mutex_);
  while (true) {
    asked_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const std::shared_ptr<WriteAheadLog> log = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    move_log(log->database);
    end(*log);
    lock.lock();
  }
}

}  // namespace berth::ledger
