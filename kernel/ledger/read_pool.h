// A few connections for reads. Each call borrows one, asks, and gives it back; one that failed is
// thrown away.
//
// Thread-safe; waits when all are out, which is short because every read is.

#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "kernel/base/result.h"
#include "kernel/ledger/failure.h"
#include "kernel/ledger/session.h"

namespace berth::ledger {

using OpenSession = std::function<std::unique_ptr<Session>()>;

class ReadPool {
 public:
  // `keep`: hold idle sessions; otherwise each goes back to where open() borrowed it.
  ReadPool(OpenSession open, std::size_t max_sessions, bool keep = true)
      : open_(std::move(open)), keep_(keep), free_slots_(max_sessions) {}

  // Runs work(Session&) and returns its value, or what it threw as an Error.
  template <class Work>
  auto read(Work work) -> Result<decltype(work(std::declval<Session&>()))> {
    std::unique_ptr<Session> session = borrow();
    try {
      if (!session) session = open_();
      auto value = work(*session);
      give_back(std::move(session));
      return value;
    } catch (const std::exception&) {
      give_back(nullptr);
      return error_of_current_exception();
    }
  }
  // The same, with one consistent view over several queries.
  template <class Work>
  auto read_consistent(Work work) -> Result<decltype(work(std::declval<Session&>()))> {
    return read([&work](Session& session) {
      session.begin_read();
      auto value = work(session);
      session.commit();
      return value;
    });
  }

 private:
  std::unique_ptr<Session> borrow();  // null: open one
  void give_back(std::unique_ptr<Session> session);

  OpenSession open_;
  const bool keep_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::size_t free_slots_;
  std::vector<std::unique_ptr<Session>> idle_;
};

}  // namespace berth::ledger
