// One call into a plugin: the berth_op the plugin sees and what it says through op->fail.
//
// Lives on the caller's stack for the duration of the call. The plugin may use the op from several
// threads of its own while the call runs; everything else belongs to the calling thread.

#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "berth/abi/base.h"
#include "kernel/base/bytes.h"
#include "kernel/base/clock.h"
#include "kernel/base/result.h"
#include "kernel/plugins/op.h"

namespace berth::plugins {

inline berth_str abi(std::string_view text) { return {text.data(), text.size()}; }
inline berth_bytes abi(ByteView octets) { return {octets.data(), octets.size()}; }
// What a plugin handed over; a null pointer with a length counts as empty.
inline std::string_view text_of(berth_str text) {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.len);
}

class Call {
 public:
  // `plugin` names it in messages: "softkeys (mvno-17/hsm)". All three must outlive the call.
  Call(const Op& op, const Clock& clock, std::string_view plugin);
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // kDeadlineExceeded "plugin.deadline" when the deadline has passed already.
  Result<void> before() const;
  const berth_op* op() const { return &abi_op_; }

  // Turns what the slot returned into a result. The plugin's own code, reason, message and retry
  // delay pass through. kInternal "plugin.misbehaved" when it failed without saying why, said why
  // twice, said one code and returned another, or succeeded after saying that it fails.
  Result<void> finish(berth_status status);
  // For answers that cannot be right whatever the status.
  Error misbehaved(std::string_view what) const;

 private:
  struct Failure {
    berth_status code = BERTH_OK;
    std::string reason;
    std::string message;
    std::uint32_t retry_after_ms = 0;
  };
  static bool cancelled(const berth_op* self) noexcept;
  static berth_status fail(const berth_op* self, berth_status code, berth_str reason,
                           berth_str message, std::uint32_t retry_after_ms) noexcept;

  const Op& op_;
  const Clock& clock_;
  std::string_view plugin_;
  berth_op abi_op_{};
  mutable std::mutex mutex_;
  std::optional<Failure> failure_;
  unsigned failures_ = 0;
};

}  // namespace berth::plugins
