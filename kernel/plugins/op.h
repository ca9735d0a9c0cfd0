// One call's context as it crosses into a plugin: who asks, how long it may take.

#pragma once

#include <chrono>
#include <string>

namespace berth::plugins {

struct Op {
  std::string request_id;       // appears in every log line of the call
  std::string idempotency_key;  // empty: the call has no side effect to protect
  // Clock::monotonic() time after which the caller no longer waits.
  std::chrono::nanoseconds deadline = std::chrono::nanoseconds::max();
};

}  // namespace berth::plugins
