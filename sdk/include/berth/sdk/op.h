// One call's context: who asks, how long it may take, whether it still matters.

#pragma once

#include <cstdint>
#include <string_view>

#include "berth/abi/base.h"
#include "berth/sdk/error.h"
#include "berth/sdk/views.h"

namespace berth::sdk {

// [thread-safe] Valid until the call returns.
class Op {
 public:
  explicit Op(const berth_op* raw) noexcept : raw_(raw) {}

  std::string_view request_id() const noexcept { return to_view(raw_->request_id); }
  // Empty: the call has no side effect to protect.
  std::string_view idempotency_key() const noexcept { return to_view(raw_->idempotency_key); }
  // On Host::monotonic_ns; INT64_MAX: none.
  std::int64_t deadline_ns() const noexcept { return raw_->deadline_ns; }
  bool cancelled() const noexcept { return raw_->cancelled != nullptr && raw_->cancelled(raw_); }
  // Call it in loops and before anything slow.
  void throw_if_cancelled() const {
    if (cancelled()) {
      throw Error(BERTH_CANCELLED, "op.cancelled", "the caller gave up, or its deadline passed");
    }
  }
  const berth_op* raw() const noexcept { return raw_; }

 private:
  const berth_op* raw_;
};

}  // namespace berth::sdk
