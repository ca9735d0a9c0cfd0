// The berth_op of a call whose caller is in another process.
//
// [thread-safe] as the ABI asks; lives on the stack of the thread that runs the call.

#pragma once

#include <atomic>
#include <chrono>
#include <mutex>

#include "berth/abi/base.h"
#include "kernel/wire/messages.h"

namespace berth::plugin_host {

class RemoteOp {
 public:
  explicit RemoteOp(const wire::CallHead& head);
  RemoteOp(const RemoteOp&) = delete;
  RemoteOp& operator=(const RemoteOp&) = delete;

  const berth_op* abi() const { return &op_; }
  void cancel() { cancelled_ = true; }
  berth_status fail(berth_status code, const char* reason, const std::string& message);
  // What is told of a call that returned `status`.
  wire::AnswerHead answer(berth_status status) const;

 private:
  static bool cancelled(const berth_op* self) noexcept;
  static berth_status fail(const berth_op* self, berth_status code, berth_str reason,
                           berth_str message, std::uint32_t retry_after_ms) noexcept;

  std::string request_id_;
  std::string idempotency_key_;
  std::chrono::steady_clock::time_point deadline_;
  std::atomic<bool> cancelled_ = false;
  mutable std::mutex mutex_;
  std::uint32_t failures_ = 0;
  wire::Story story_;
  berth_op op_{};
};

}  // namespace berth::plugin_host
