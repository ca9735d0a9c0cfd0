// One thread that writes one ledger: group commit.
//
// The writer never sleeps to gather company (but see gather()). It opens a transaction with what
// the queue holds and keeps adding what arrives while it works, until the queue is empty, max_batch
// units are in or batch_window has passed; then it commits and answers. A lone unit is committed at
// once, and while one batch waits for the disk the next one gathers by itself.
//
// After a COMMIT of unknown outcome the ledger is in doubt until a fresh connection has made
// durable what it reads. The next unit or task tries that; so does the writer itself, every
// settle_interval, since who only reads would otherwise wait for a writer for ever.
//
// A database that takes whole batches (Session::whole_batches) gets each in one statement; there
// the head is shared by several nodes, and the epoch is a fence: raised after a COMMIT of unknown
// outcome, so that a batch still on its way can no longer happen, and taken over by the others.
//
// Nobody waits longer than `answer_within` (resolve(): a quarter of it): a unit that was not begun
// by then is taken back, one that was has an Unknown outcome.
//
// Thread-safe. The destructor refuses new units, finishes the queue and joins.

#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "kernel/base/clock.h"
#include "kernel/ledger/answered.h"
#include "kernel/ledger/apply.h"
#include "kernel/ledger/batch.h"
#include "kernel/ledger/host_ledger.h"
#include "kernel/ledger/read_pool.h"
#include "kernel/ledger/recent_rows.h"

namespace berth::ledger {

// For tests: what a COMMIT does besides.
enum class CommitFault : std::uint8_t {
  kNone = 1,
  kBefore,  // the connection is lost before the COMMIT arrived: it did not happen
  kAfter,   // and after: it happened, but nobody said so
};
struct WriterHooks {
  std::function<CommitFault()> at_commit = {};
  std::function<void()> at_settle = {};  // may throw DatabaseError: still no connection
};

class Writer {
 public:
  // `session` is the first connection; `open` makes the next one after a failure. `epoch` is the
  // one this writer took over with.
  // `recent` (may be null) is told what was committed.
  Writer(std::string tenant_id, OpenSession open, std::unique_ptr<Session> session,
         std::int64_t epoch, const LedgerOptions& options, const Clock& clock, Random& random,
         WriterHooks hooks, std::shared_ptr<RecentRows> recent = nullptr);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  Outcome commit(WriteRequest request);
  Outcome resolve(const std::string& commit_id);
  // Runs `task` on the writer's thread and connection, between batches; what it throws is the
  // Error. The task makes its own transactions.
  Result<void> run(std::function<void(Session&)> task);
  // A batch's outcome is not known: its events may yet vanish.
  bool in_doubt() const { return in_doubt_.load(); }

 private:
  struct Pending {
    UnitPlan plan;
    std::vector<Change> changes;  // for `recent_`
    bool wrote = false;
    std::function<void(Session&)> task;
    Outcome outcome = Unknown{"not answered"};
    std::optional<Error> error;
    Answered answered;
  };
  using Batch = std::vector<std::shared_ptr<Pending>>;
  // kUnreachable: no unit was looked at, so none is at fault.
  enum class BatchEnd : std::uint8_t { kAnswered = 1, kFailed, kUnreachable, kInDoubt };

  void loop();
  std::optional<Batch> take();
  bool await_work(std::unique_lock<std::mutex>& lock);
  void gather(std::unique_lock<std::mutex>& lock);
  void add_latecomers(Batch& batch);
  void run_batch(Batch batch);
  void run_alone(const Batch& batch);
  BatchEnd try_batch(Batch& batch, bool may_grow);
  BatchEnd try_whole(const Batch& batch);
  BatchReply write_whole(const Batch& batch);
  bool submit(const std::shared_ptr<Pending>& pending);
  bool await(const std::shared_ptr<Pending>& pending, std::chrono::milliseconds longest);
  TenantHead begin_batch();
  bool apply_all(Batch& batch, bool may_grow, TenantHead head, Undo undo);
  BatchEnd finish_batch(const Batch& batch, bool wrote);
  void keep_recent(const Batch& batch);
  BatchEnd end_in_doubt(const Batch& batch, const std::exception& failure);
  void let_go();
  void run_task(Pending& pending);
  Session& ready_session();
  void settle();
  void try_to_settle();
  static void answer_all(const Batch& batch);
  static void refuse(Pending& pending);

  const std::string tenant_id_;
  const OpenSession open_;
  std::unique_ptr<Session> session_;  // null after a failure, and between batches when shared
  std::int64_t epoch_;
  const bool shared_;  // other nodes write this ledger too; the connection is borrowed
  const bool own_time_;
  const std::chrono::microseconds batch_window_;
  const std::size_t max_batch_;
  const std::size_t max_queue_;
  const std::chrono::milliseconds settle_interval_;
  const std::chrono::milliseconds answer_within_;
  const Clock& clock_;
  Random& random_;
  const WriterHooks hooks_;
  const std::shared_ptr<RecentRows> recent_;
  std::atomic<bool> in_doubt_{false};

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::shared_ptr<Pending>> queue_;
  bool stopping_ = false;
  std::size_t last_batch_ = 0;
  std::thread thread_;
};

}  // namespace berth::ledger
