// Ordinary work of one kind, done again and again: what the checks of threads, deadlines, memory
// and the process are made with. No test framework.

#pragma once

#include <atomic>
#include <cstdint>
#include <istream>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

#include "berth/abi/base.h"
#include "kit/fake_host.h"

namespace berth::kit {

// Makes calls, each with a context of its own, and holds them to the contract: a story exactly when
// a call is not OK, and the same code in both. Thread-safe.
class Caller {
 public:
  // Every call's deadline on the system's clock; INT64_MAX: none. Before the calls.
  void set_deadline(std::int64_t monotonic_ns) { deadline_ns_ = monotonic_ns; }
  // From now on every call, those under way included, sees that its caller gave up.
  void cancel() { cancelled_ = true; }

  // call: (const berth_op*) -> berth_status
  template <class Call>
  berth_status operator()(const char* name, Call&& call) {
    FakeOp op;
    if (deadline_ns_ != std::numeric_limits<std::int64_t>::max()) op.set_deadline(deadline_ns_);
    op.follow(cancelled_);
    const berth_status status = std::forward<Call>(call)(op.raw());
    const bool told = status != BERTH_OK && status != BERTH_BUFFER_TOO_SMALL;
    if (told) keep(failure_, std::string(name) + ": " + op.reason() + ": " + op.message());
    if (op.fails() != (told ? 1 : 0)) {
      keep(violation_, std::string(name) + " returned status " + std::to_string(status) +
                           " and called op->fail " + std::to_string(op.fails()) +
                           " times: once when it fails, never when it succeeds");
    } else if (told && (op.code() != status || op.reason().empty() || op.message().empty())) {
      keep(violation_, std::string(name) + " returned status " + std::to_string(status) +
                           " and told another one, or no reason and message");
    }
    return status;
  }
  // What an answer must be and is not, as the exercise finds it. Returns BERTH_INTERNAL.
  berth_status wrong(std::string what) {
    keep(violation_, std::move(what));
    return BERTH_INTERNAL;
  }

  // The first of each; empty: none.
  std::string violation() const { return read(violation_); }
  std::string failure() const { return read(failure_); }

 private:
  void keep(std::string& first, std::string text) {
    const std::lock_guard lock(mutex_);
    if (first.empty()) first = std::move(text);
  }
  std::string read(const std::string& text) const {
    const std::lock_guard lock(mutex_);
    return text;
  }

  std::int64_t deadline_ns_ = std::numeric_limits<std::int64_t>::max();
  std::atomic<bool> cancelled_{false};
  mutable std::mutex mutex_;
  std::string violation_;
  std::string failure_;
};

// One started instance at work. Thread-safe; the instance outlives it.
class Exercise {
 public:
  virtual ~Exercise() = default;
  // One round of the kind's ordinary calls, which leaves nothing behind. number: no two rounds of a
  // process have the same. The first status that is not OK, when the plugin fails.
  virtual berth_status round(Caller& caller, std::uint64_t number) = 0;
  // Calls that last 10 seconds and more unless the plugin notices that the caller gave up. False:
  // the kind has none.
  virtual bool long_call(Caller&) { return false; }
  // What `round(number)` of one instance must not show to another. Empty: all is well.
  virtual std::string seen_by(Exercise& /*other*/, Caller&) { return {}; }
  // Gives the instance recorded work, one piece a line, and says what became of it. Throws
  // std::runtime_error when the plugin, or the record, breaks a rule.
  virtual std::string replay(Caller&, std::istream& /*recorded*/) {
    throw std::runtime_error("there is nothing to replay to this kind; BSS connectors take events");
  }
  // What the plugin wants at most, where its tables say so; 0: they do not.
  virtual std::uint32_t concurrency(Caller&) { return 0; }
};

}  // namespace berth::kit
