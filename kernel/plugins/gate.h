// What stands before one plugin instance: how many calls may be in flight and how many may wait,
// how long one may take, and a circuit breaker.
//
// Thread-safe. Must outlive every Pass it gave.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "kernel/base/circuit_breaker.h"
#include "kernel/plugins/op.h"
#include "kernel/plugins/permits.h"

namespace berth::plugins {

// A binding's own bounds; those of the plugin hold besides.
struct GateSettings {
  std::uint32_t max_concurrency = 0;  // calls in flight; 0: as many as the plugin takes
  std::uint32_t max_waiting = Permits::kMaxWaiting;
  std::chrono::milliseconds call_deadline{30'000};  // of one call, waiting included
  CircuitBreaker::Settings breaker = {};
};

class Gate;

// One call that was let through.
class Pass {
 public:
  Pass(Pass&& other) noexcept;
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;
  Pass& operator=(Pass&&) = delete;
  // A call that ends without finish() counts as a failure.
  ~Pass();

  std::chrono::nanoseconds deadline() const { return deadline_; }
  void finish(const Error* error);

 private:
  friend class Gate;
  Pass(Gate* gate, Permit permit, CircuitBreaker::Admission admission,
       std::chrono::nanoseconds deadline)
      : gate_(gate), permit_(std::move(permit)), admission_(admission), deadline_(deadline) {}

  Gate* gate_;  // null: finished or moved from
  Permit permit_;
  CircuitBreaker::Admission admission_;
  std::chrono::nanoseconds deadline_;
};

class Gate {
 public:
  struct Counts {
    std::uint64_t calls = 0;     // let through since it stands
    std::uint64_t failures = 0;  // of those, as the breaker counts them
    std::uint32_t in_flight = 0;
    std::uint32_t waiting = 0;
  };

  // settings.max_concurrency: at least 1. `who` is named in messages; the clock is borrowed.
  Gate(std::string who, const GateSettings& settings, const Clock& clock);

  // Waits for its turn. kDeadlineExceeded "plugin.deadline" when `deadline` has passed already,
  // kResourceExhausted "plugin.busy" (permits.h), kUnavailable "plugin.breaker_open" at once while
  // the breaker is open. None: the gate was closed, and a movable caller goes to its successor.
  Result<std::optional<Pass>> enter(std::chrono::nanoseconds deadline, Waiting waiting);

  // From now on only for callers who must be served here.
  void close() { permits_.close(); }
  bool closed() const { return permits_.closed(); }

  Counts counts() const;
  CircuitBreaker::State breaker() const { return breaker_.state(); }
  // kUnavailable, kDeadlineExceeded and kInternal: a plugin that cannot, not a caller who may not.
  static bool is_failure(const Error& error);

 private:
  friend class Pass;
  Error open_error() const;
  Error late_error() const;
  void leave(CircuitBreaker::Admission admission, bool failed);

  const std::string who_;
  const GateSettings settings_;
  const Clock& clock_;
  CircuitBreaker breaker_;
  Permits permits_;
  std::atomic<std::uint64_t> calls_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::atomic<std::uint64_t> ended_{0};
};

}  // namespace berth::plugins
