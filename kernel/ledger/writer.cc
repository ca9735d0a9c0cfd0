#include "kernel/ledger/writer.h"

#include <pthread.h>

#include <algorithm>

#include "kernel/ledger/commits.h"
#include "kernel/ledger/head.h"

namespace berth::ledger {

Writer::Writer(std::string tenant_id, OpenSession open, std::unique_ptr<Session> session,
               std::int64_t epoch, const LedgerOptions& options, const Clock& clock, Random& random,
               WriterHooks hooks, std::shared_ptr<RecentRows> recent)
    : tenant_id_(std::move(tenant_id)),
      open_(std::move(open)),
      session_(std::move(session)),
      epoch_(epoch),
      shared_(options.postgres.has_value()),
      own_time_(options.postgres && options.postgres->database_time),
      batch_window_(options.batch_window),
      max_batch_(std::max<std::size_t>(options.max_batch, 1)),
      max_queue_(options.max_queue),
      settle_interval_(options.settle_interval),
      answer_within_(options.answer_within),
      clock_(clock),
      random_(random),
      hooks_(std::move(hooks)),
      recent_(std::move(recent)),
      thread_([this] { loop(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  thread_.join();
}

// False when it is not answered in time. What nobody has begun is taken back then, and so can no
// longer happen.
bool Writer::await(const std::shared_ptr<Pending>& pending, std::chrono::milliseconds longest) {
  if (pending->answered.try_acquire_for(longest)) return true;
  const std::lock_guard lock(mutex_);
  const auto waiting = std::find(queue_.begin(), queue_.end(), pending);
  if (waiting == queue_.end()) return pending->answered.try_acquire();
  queue_.erase(waiting);
  refuse(*pending);
  pending->error = Error(ErrorCode::kUnavailable, "ledger.unavailable",
                         "the ledger's database does not answer; try again");
  return true;
}

Outcome Writer::commit(WriteRequest request) {
  auto pending = std::make_shared<Pending>();
  const std::size_t changes = request.unit.changes.size();
  pending->plan = plan_unit(tenant_id_, request, random_);
  if (recent_) pending->changes = std::move(request.unit.changes);
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= max_queue_) {
      return Refused{RefusalReason::kOverloaded, changes};
    }
    queue_.push_back(pending);
  }
  arrived_.notify_one();
  if (!await(pending, answer_within_)) {
    return Unknown{"the database has not answered the COMMIT yet"};
  }
  return std::move(pending->outcome);
}

bool Writer::submit(const std::shared_ptr<Pending>& pending) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    queue_.push_back(pending);
  }
  arrived_.notify_one();
  return true;
}

Result<void> Writer::run(std::function<void(Session&)> task) {
  auto pending = std::make_shared<Pending>();
  pending->task = std::move(task);
  if (!submit(pending)) {
    return Error(ErrorCode::kCancelled, "ledger.closing", "the ledger is being closed");
  }
  // A task may borrow what its caller owns, so the caller stays until it is done.
  if (!await(pending, answer_within_)) pending->answered.acquire();
  if (pending->error) return std::move(*pending->error);
  return {};
}

Outcome Writer::resolve(const std::string& commit_id) {
  // Shared with the task, which may still run when nobody waits any more.
  auto found = std::make_shared<std::optional<Committed>>();
  auto pending = std::make_shared<Pending>();
  pending->task = [found, commit_id, tenant = tenant_id_](Session& session) {
    *found = find_commit(session, tenant, commit_id);
  };
  if (!submit(pending)) return Unknown{"the ledger is being closed"};
  // Who asks has mostly waited for the commit already.
  if (!await(pending, answer_within_ / 4)) return Unknown{"the database does not answer"};
  if (pending->error) return Unknown{pending->error->message()};
  if (*found) return **found;
  return Refused{RefusalReason::kUnavailable, 0};
}

void Writer::loop() {
  pthread_setname_np(pthread_self(), ("ledger:" + tenant_id_).substr(0, 15).c_str());
  let_go();
  while (std::optional<Batch> batch = take()) {
    if (batch->empty()) {
      try_to_settle();
    } else if (batch->front()->task) {
      run_task(*batch->front());
    } else {
      run_batch(std::move(*batch));
    }
    let_go();
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
  if (shared_ && last_batch_ > 1) gather(lock);
  if (queue_.empty()) return std::nullopt;
  Batch batch;
  while (!queue_.empty() && batch.size() < max_batch_) {
    const bool task = static_cast<bool>(queue_.front()->task);
    if (task && !batch.empty()) break;
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
    if (task) break;
  }
  last_batch_ = batch.size();
  return batch;
}

// Those who were answered together come back together; a batch that is one round trip and one wait
// for the disk is worth waiting for them. Who is alone waits for nobody.
void Writer::gather(std::unique_lock<std::mutex>& lock) {
  const std::size_t expected = std::min(last_batch_, max_batch_);
  arrived_.wait_for(lock, batch_window_, [&] { return stopping_ || queue_.size() >= expected; });
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
  const std::size_t changes = pending.plan.parts.empty() ? 0 : pending.plan.parts.size() - 1;
  pending.outcome = Refused{RefusalReason::kUnavailable, changes};
}

// A shared connection goes back to where it was borrowed.
void Writer::let_go() {
  if (shared_) session_.reset();
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
  if (session_) session_->rest();
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
  if (shared_) return try_whole(batch);
  BatchEnd failure = BatchEnd::kUnreachable;
  bool wrote = false;
  try {
    TenantHead head = begin_batch();
    failure = BatchEnd::kFailed;
    try {
      wrote = apply_all(batch, may_grow, std::move(head), Undo::kWholeBatch);
    } catch (const UndoBatch&) {  // rare: some unit was refused after it had written
      session_->rollback();
      wrote = apply_all(batch, false, begin_batch(), Undo::kThisUnit);
    }
  } catch (const std::exception&) {
    session_.reset();  // rolls back
    return failure;
  }
  return finish_batch(batch, wrote);
}

// The batch in one statement. Whatever is thrown before it leaves, or by a server that lives on,
// means that nothing was written.
Writer::BatchEnd Writer::try_whole(const Batch& batch) {
  BatchEnd failure = BatchEnd::kUnreachable;
  try {
    ready_session();
    failure = BatchEnd::kFailed;
    const CommitFault fault = hooks_.at_commit ? hooks_.at_commit() : CommitFault::kNone;
    if (fault == CommitFault::kBefore) throw OutcomeUnknown("connection lost before COMMIT");
    const BatchReply reply = write_whole(batch);
    if (fault == CommitFault::kAfter) throw OutcomeUnknown("connection lost after COMMIT");
    for (std::size_t i = 0; i < batch.size(); ++i) {
      batch[i]->outcome =
          std::visit([](const auto& answer) -> Outcome { return answer; }, reply[i].answer);
    }
    return BatchEnd::kAnswered;
  } catch (const OutcomeUnknown& unknown) {
    return end_in_doubt(batch, unknown);
  } catch (const std::exception&) {
    session_.reset();
    return failure;
  }
}

// Another node may have raised the fence since; that is no news about this batch.
BatchReply Writer::write_whole(const Batch& batch) {
  std::vector<const UnitPlan*> plans;
  for (const auto& pending : batch) plans.push_back(&pending->plan);
  const std::optional<UnixMs> time =
      own_time_ ? std::nullopt : std::optional<UnixMs>(clock_.now_ms());
  try {
    return session_->whole_batches()->write_batch({tenant_id_, epoch_, time, plans});
  } catch (const EpochMoved&) {
    epoch_ = load_head(*session_, tenant_id_).epoch;
    return session_->whole_batches()->write_batch({tenant_id_, epoch_, time, plans});
  }
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
bool Writer::apply_all(Batch& batch, bool may_grow, TenantHead head, Undo undo) {
  Session& session = *session_;
  const UnixMs time_ms = clock_.now_ms();
  const auto started = clock_.monotonic();
  bool wrote = false;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    UnitResult result = apply_unit(session, tenant_id_, time_ms, batch[i]->plan, head, undo);
    wrote = wrote || result.wrote;
    batch[i]->wrote = result.wrote;
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
    if (recent_) {
      for (const auto& pending : batch) recent_->forget(pending->changes);
    }
    session_->commit();
    if (fault == CommitFault::kAfter) throw DatabaseError("connection lost after COMMIT");
    if (recent_) keep_recent(batch);
    return BatchEnd::kAnswered;
  } catch (const std::exception& failure) {
    return end_in_doubt(batch, failure);
  }
}

// Not what was sent again: the rows may have moved on since.
void Writer::keep_recent(const Batch& batch) {
  for (const auto& pending : batch) {
    const auto* committed = std::get_if<Committed>(&pending->outcome);
    if (pending->wrote && committed != nullptr) {
      recent_->keep(std::move(pending->changes), committed->time_ms);
    } else {
      recent_->let_be(pending->changes);
    }
  }
}

Writer::BatchEnd Writer::end_in_doubt(const Batch& batch, const std::exception& failure) {
  in_doubt_ = true;
  session_.reset();
  if (recent_) recent_->clear();
  for (const auto& pending : batch) pending->outcome = Unknown{failure.what()};
  return BatchEnd::kInDoubt;
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
  static const Statement kTouch{"update tenant_head set epoch = epoch + :n where tenant_id = :t"};
  if (hooks_.at_settle) hooks_.at_settle();
  session_->barrier();
  // Waits for the lost batch's own transaction, should it still run, and fences it off, should it
  // not have begun.
  session_->begin_write();
  session_->execute(kTouch, {std::int64_t{shared_ ? 1 : 0}, tenant_id_});
  const std::int64_t epoch = load_head(*session_, tenant_id_).epoch;
  session_->commit();
  epoch_ = epoch;
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
