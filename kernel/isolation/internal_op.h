// The context of a call that the host makes for itself, and how such a call failed. Private to this
// room.

#pragma once

#include <chrono>
#include <optional>

#include "berth/abi/base.h"
#include "kernel/base/result.h"

namespace berth::isolation {

class InternalOp {
 public:
  // host: whose clock the deadline is told by; null: the system's.
  InternalOp(const berth_host* host, std::string_view request_id, std::chrono::nanoseconds time);
  InternalOp(const InternalOp&) = delete;
  InternalOp& operator=(const InternalOp&) = delete;

  const berth_op* abi() const { return &op_; }
  // Of a call that failed.
  Error error() const;

 private:
  static bool cancelled(const berth_op* self) noexcept;
  static berth_status fail(const berth_op* self, berth_status code, berth_str reason,
                           berth_str message, std::uint32_t retry_after_ms) noexcept;

  std::chrono::steady_clock::time_point deadline_;
  mutable std::optional<Error> error_;
  berth_op op_{};
};

// Nanoseconds on the clock that the host offers its plugins, else on the system's.
std::int64_t monotonic_ns(const berth_host* host);

}  // namespace berth::isolation
