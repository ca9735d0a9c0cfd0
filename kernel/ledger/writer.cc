#include "kernel/ledger/writer.h"

#include <pthread.h>

#include "kernel/ledger/commits.h"
#include "kernel/ledger/head.h"

namespace berth::ledger {

Writer::Writer(std::string tenant_id, OpenSession open, std::unique_ptr<Session> session,
               std::int64_t epoch, const LedgerOptions& options, const Clock& clock, Random& random,
               WriterHooks hooks)
    : tenant_id_(std::move(tenant_id)),
      open_(std::move(open)),
      session_(std::move(session)),
      epoch_(epoch),
      batch_window_(options.batch_window),
      max_batch_(std::max<std::size_t>(options.max_batch, 1)),
      max_queue_(options.max_queue),
      settle_interval_(options.settle_interval),
      clock_(clock),
      random_(random),
      hooks_(std::move(hooks)),
      thread_([this] { loop(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  thread_.join();
}

Outcome Writer::commit(WriteRequest request) {
  auto pending = std::make_shared<Pending>();
  pending->request = std::move(request);
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= max_queue_) {
      return Refused{RefusalReason::kOverloaded, pending->request.unit.changes.size()};
    }
    queue_.push_back(pending);
  }
  arrived_.notify_one();
  pending->answered.acquire();
  return std::move(pending->outcome);
}

Result<void> Writer::run(std::function<void(Session&)> task) {
  auto pending = std::make_shared<Pending>();
  pending->task = std::move(task);
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      return Error(ErrorCode::kCancelled, "ledger.closing", "the ledger is being closed");
    }
    queue_.push_back(pending);
  }
  arrived_.notify_one();
  pending->answered.acquire();
  if (pending->error) return std::move(*pending->error);
  return {};
}

Outcome Writer::resolve(const std::string& commit_id) {
  std::optional<Committed> found;
  const Result<void> looked =
      run([&](Session& session) { found = find_commit(session, tenant_id_, commit_id); });
  if (!looked) return Unknown{looked.error().message()};
  if (found) return *found;
  return Refused{RefusalReason::kUnavailable, 0};
}

void Writer::loop() {
  pthread_setname_np(pthread_self(), ("ledger:" + tenant_id_).substr(0, 15).c_str());
  while (std::optional<Batch> batch = take()) {
    if (batch->empty()) {
      try_to_settle();
    } else if (batch->front()->task) {
      run_task(*batch->front());
    } else {
      run_batch(std::move(*batch));
    }
  }
}

// False when it is time to try to settle and nothing else is to do.
bool Writer::await_work(std::unique_lock<std::mutex>& lock) {
  const auto work = [this] { return stopping_ || !queue_.empty(); };
  if (in_doubt_) return arrived_.wait_for(lock, settle_interval_, work);
  arrived_.wait(lock, work);
  return true;
}

// A task alone, or the units in front of the next task; an empty batch when it is time to try to
// settle, nothing when all is done.
std::optional<Writer::Batch> Writer::take() {
  std::unique_lock lock(mutex_);
  if (!await_work(lock)) return Batch{};
  if (queue_.empty()) return std::nullopt;
  Batch batch;
  while (!queue_.empty() && batch.size() < max_batch_) {
    const bool task = static_cast<bool>(queue_.front()->task);
    if (task && !batch.empty()) break;
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
    if (task) break;
  }
  return batch;
}

void Writer::add_latecomers(Batch& batch) {
  const std::lock_guard lock(mutex_);
  while (!queue_.empty() && batch.size() < max_batch_ && !queue_.front()->task) {
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
}

void Writer::answer_all(const Batch& batch) {
  for (const auto& pending : batch) pending->answered.release();
}

void Writer::refuse(Pending& pending) {
  pending.outcome = Refused{RefusalReason::kUnavailable, pending.request.unit.changes.size()};
}

void Writer::run_batch(Batch batch) {
  const BatchEnd end = try_batch(batch, true);
  if (end == BatchEnd::kFailed) {
    run_alone(batch);
    return;
  }
  if (end == BatchEnd::kUnreachable) {
    for (const auto& pending : batch) refuse(*pending);
  }
  answer_all(batch);
  // Soonest is best: until this succeeds no event leaves.
  if (end == BatchEnd::kInDoubt) try_to_settle();
}

// Something other than a guard went wrong, and nothing was committed. One unit may be at fault (too
// large, say), so each gets its own transaction; but once the database is out of reach the rest is
// not tried: each would wait for the lock anew.
void Writer::run_alone(const Batch& batch) {
  bool reachable = batch.size() > 1;
  for (const auto& pending : batch) {
    Batch alone{pending};
    const BatchEnd end = reachable ? try_batch(alone, false) : BatchEnd::kUnreachable;
    reachable = reachable && end != BatchEnd::kUnreachable;
    if (end == BatchEnd::kFailed || end == BatchEnd::kUnreachable) refuse(*pending);
    pending->answered.release();
  }
}

Writer::BatchEnd Writer::try_batch(Batch& batch, bool may_grow) {
  BatchEnd failure = BatchEnd::kUnreachable;
  bool wrote = false;
  try {
    TenantHead head = begin_batch();
    failure = BatchEnd::kFailed;
    wrote = apply_all(batch, may_grow, std::move(head));
  } catch (const std::exception&) {
    session_.reset();  // rolls back
    return failure;
  }
  return finish_batch(batch, wrote);
}

// A transaction on a ledger that is still ours.
TenantHead Writer::begin_batch() {
  Session& session = ready_session();
  session.begin_write();
  TenantHead head = load_head(session, tenant_id_);
  if (head.epoch != epoch_) throw DatabaseError("another writer has taken this ledger over");
  return head;
}

// Everything up to COMMIT. Outcomes are set but not yet answered.
bool Writer::apply_all(Batch& batch, bool may_grow, TenantHead head) {
  Session& session = *session_;
  const UnixMs time_ms = clock_.now_ms();
  const auto started = clock_.monotonic();
  bool wrote = false;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    UnitResult result = apply_unit(session, tenant_id_, time_ms, batch[i]->request, random_, head);
    wrote = wrote || result.wrote;
    batch[i]->outcome = std::visit([](auto& answer) -> Outcome { return answer; }, result.answer);
    const bool last = i + 1 == batch.size();
    if (last && may_grow && clock_.monotonic() - started < batch_window_) add_latecomers(batch);
  }
  if (wrote && !store_head(session, tenant_id_, head)) {
    throw DatabaseError("another writer has taken this ledger over");
  }
  return wrote;
}

Writer::BatchEnd Writer::finish_batch(const Batch& batch, bool wrote) {
  if (!wrote) {
    session_->rollback();
    return BatchEnd::kAnswered;
  }
  try {
    const CommitFault fault = hooks_.at_commit ? hooks_.at_commit() : CommitFault::kNone;
    if (fault == CommitFault::kBefore) throw DatabaseError("connection lost before COMMIT");
    session_->commit();
    if (fault == CommitFault::kAfter) throw DatabaseError("connection lost after COMMIT");
    return BatchEnd::kAnswered;
  } catch (const std::exception& failure) {
    in_doubt_ = true;
    session_.reset();
    for (const auto& pending : batch) pending->outcome = Unknown{failure.what()};
    return BatchEnd::kInDoubt;
  }
}

void Writer::run_task(Pending& pending) {
  try {
    pending.task(ready_session());
  } catch (const std::exception&) {
    pending.error = error_of_current_exception();
    session_.reset();
  }
  pending.answered.release();
}

Session& Writer::ready_session() {
  if (!session_) session_ = open_();
  if (in_doubt_) settle();
  return *session_;
}

// After a COMMIT of unknown outcome: what this fresh connection reads is made durable by a barrier
// and a commit of our own; then looking up a commit id tells the truth.
void Writer::settle() {
  static const Statement kTouch{"update tenant_head set epoch = epoch where tenant_id = :t"};
  if (hooks_.at_settle) hooks_.at_settle();
  session_->barrier();
  session_->begin_write();
  session_->execute(kTouch, {tenant_id_});
  session_->commit();
  in_doubt_ = false;
}

// One attempt; a failure leaves the doubt to the next one.
void Writer::try_to_settle() {
  try {
    ready_session();
  } catch (const std::exception&) {
    session_.reset();
  }
}

}  // namespace berth::ledger
