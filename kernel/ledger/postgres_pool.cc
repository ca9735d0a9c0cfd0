#include "kernel/ledger/postgres_pool.h"

namespace berth::ledger {

// Hands everything on, and itself back at its end.
class BorrowedSession final : public Session {
 public:
  BorrowedSession(std::shared_ptr<PostgresPool> pool, std::unique_ptr<PostgresSession> session)
      : pool_(std::move(pool)), session_(std::move(session)) {}
  ~BorrowedSession() override { pool_->give_back(std::move(session_)); }

  std::int64_t execute(const Statement& statement, std::span<const Value> values) override {
    return session_->execute(statement, values);
  }
  std::vector<Row> query(const Statement& statement, std::span<const Value> values) override {
    return session_->query(statement, values);
  }
  void run_script(std::string_view sql) override { session_->run_script(sql); }
  bool in_transaction() override { return session_->in_transaction(); }
  void barrier() override { session_->barrier(); }
  void begin_write() override { session_->begin_write(); }
  void begin_read() override { session_->begin_read(); }
  void commit() override { session_->commit(); }
  BatchWriter* whole_batches() override { return session_->whole_batches(); }

 private:
  std::shared_ptr<PostgresPool> pool_;
  std::unique_ptr<PostgresSession> session_;
};

std::unique_ptr<Session> PostgresPool::borrow(const std::string& chain) {
  std::unique_ptr<PostgresSession> session;
  {
    std::unique_lock lock(mutex_);
    if (!returned_.wait_for(lock, wait_, [this] { return free_ > 0; })) {
      throw DatabaseError("all connections of this process are in use; raise postgres.connections");
    }
    --free_;
    while (!session && !idle_.empty()) {
      session = std::move(idle_.back());
      idle_.pop_back();
      if (!session->reusable()) session.reset();
    }
  }
  try {
    if (!session) session = open_postgres(connection_);
    session->serve(chain);
  } catch (...) {
    give_back(nullptr);
    throw;
  }
  return std::make_unique<BorrowedSession>(shared_from_this(), std::move(session));
}

void PostgresPool::give_back(std::unique_ptr<PostgresSession> session) noexcept {
  if (session && !session->reusable()) session.reset();
  {
    const std::lock_guard lock(mutex_);
    ++free_;
    if (session) idle_.push_back(std::move(session));
  }
  returned_.notify_one();
}

}  // namespace berth::ledger
