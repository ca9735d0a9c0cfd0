// Time as an injected service, so that a test of a week takes milliseconds.

#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "kernel/base/result.h"

namespace berth {

// Milliseconds since 1970-01-01T00:00:00Z.
using UnixMs = std::int64_t;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixMs now_ms() const = 0;
  // Never jumps; for deadlines and durations.
  virtual std::chrono::nanoseconds monotonic() const = 0;
};

class SystemClock final : public Clock {
 public:
  UnixMs now_ms() const override;
  std::chrono::nanoseconds monotonic() const override;
};

// For tests: stands still until it is moved. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(UnixMs start_ms) : now_ms_(start_ms) {}
  UnixMs now_ms() const override;
  std::chrono::nanoseconds monotonic() const override;
  void advance(std::chrono::milliseconds step);

 private:
  mutable std::mutex mutex_;
  UnixMs now_ms_;
};

// "2026-05-07T08:41:23Z" (SGP.22 timestamp form, whole seconds, UTC).
std::string to_rfc3339(UnixMs time_ms);
// "2026-05-07T08:41:23.456Z", for timelines.
std::string to_rfc3339_ms(UnixMs time_ms);

}  // namespace berth
