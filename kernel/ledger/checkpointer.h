// Moves what the logs of SQLite ledgers hold into their databases, on a thread beside the writers:
// whoever waits for a commit would wait for a checkpoint inside it, too.
//
// A writer that finds its log long asks for a checkpoint and goes on. When that is done it moves
// what came meanwhile itself, which is little; then the log begins anew. A log that grows on all
// the same makes its writer wait, so it is bounded.
//
// Thread-safe. The destructor finishes the checkpoint at hand and forgets the others.

#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>

namespace berth::ledger {

// Pages of 4 KiB: a long log, and one that makes its writer wait.
inline constexpr int kLongLog = 1000;
inline constexpr int kTooLongLog = 16384;

// One writer's log.
struct WriteAheadLog {
  enum class Phase : std::uint8_t { kQuiet = 1, kAsked, kMoved };

  std::filesystem::path database;
  std::atomic<Phase> phase{Phase::kQuiet};
};

class Checkpointer {
 public:
  Checkpointer();
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // To be called in phase kQuiet, which becomes kAsked, and kMoved when it is over, well or not.
  void ask(std::shared_ptr<WriteAheadLog> log);

 private:
  void loop();

  std::mutex mutex_;
  std::condition_variable asked_;
  std::deque<std::shared_ptr<WriteAheadLog>> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace berth::ledger
