// The connections of one process to one database, lent to whoever has a transaction to make and
// taken back after it. One that the server has closed is noticed before it is lent, so after a
// restart of the server the next borrower gets a fresh one.
//
// Thread-safe. Shared by its borrowers: a lent session keeps the pool alive.

#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kernel/ledger/postgres_session.h"

namespace berth::ledger {

class PostgresPool : public std::enable_shared_from_this<PostgresPool> {
 public:
  PostgresPool(PostgresConnection connection, std::size_t max_connections,
               std::chrono::milliseconds wait)
      : connection_(std::move(connection)), wait_(wait), free_(max_connections) {}

  // A session that serves `chain`; given back by its destruction. Throws DatabaseError when no
  // connection could be made, or none came free within the wait.
  std::unique_ptr<Session> borrow(const std::string& chain);

 private:
  friend class BorrowedSession;
  void give_back(std::unique_ptr<PostgresSession> session) noexcept;

  const PostgresConnection connection_;
  const std::chrono::milliseconds wait_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::size_t free_;
  std::vector<std::unique_ptr<PostgresSession>> idle_;  // the last used is lent first
};

}  // namespace berth::ledger
