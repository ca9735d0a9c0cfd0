#include "kernel/plugins/call.h"

#include "kernel/plugins/printable.h"

namespace berth::plugins {
namespace {

constexpr std::size_t kMaxMessage = 512;
constexpr berth_status kLastStatus = BERTH_BUFFER_TOO_SMALL;

bool known_failure(berth_status status) { return status > BERTH_OK && status <= kLastStatus; }

}  // namespace

Call::Call(const Op& op, const Clock& clock, std::string_view plugin)
    : op_(op), clock_(clock), plugin_(plugin) {
  abi_op_.struct_size = sizeof(abi_op_);
  abi_op_.host_data = this;
  abi_op_.request_id = abi(op.request_id);
  abi_op_.idempotency_key = abi(op.idempotency_key);
  abi_op_.deadline_ns = op.deadline.count();
  abi_op_.cancelled = &Call::cancelled;
  abi_op_.fail = &Call::fail;
}

Result<void> Call::before() const {
  if (!cancelled(&abi_op_)) return {};
  return Error{ErrorCode::kDeadlineExceeded, "plugin.deadline",
               "no time was left to call " + std::string(plugin_)};
}

bool Call::cancelled(const berth_op* self) noexcept {
  const auto* call = static_cast<const Call*>(self->host_data);
  return call->clock_.monotonic() >= call->op_.deadline;
}

berth_status Call::fail(const berth_op* self, berth_status code, berth_str reason,
                        berth_str message, std::uint32_t retry_after_ms) noexcept {
  auto* call = static_cast<Call*>(self->host_data);
  const std::lock_guard lock(call->mutex_);
  if (call->failures_++ == 0) {
    call->failure_ = Failure{code, std::string(text_of(reason).substr(0, kMaxSlug + 1)),
                             printable(text_of(message), kMaxMessage), retry_after_ms};
  }
  return code;
}

Error Call::misbehaved(std::string_view what) const {
  return {ErrorCode::kInternal, "plugin.misbehaved",
          "plugin " + std::string(plugin_) + " " + std::string(what) +
              "; this is a defect of the plugin, tell its author"};
}

Result<void> Call::finish(berth_status status) {
  const std::lock_guard lock(mutex_);
  if (status == BERTH_OK) {
    if (failures_ == 0) return {};
    return misbehaved("reported a failure (" + printable(failure_->reason, kMaxSlug) +
                      ") and then success");
  }
  const std::string returned = "returned status " + std::to_string(status);
  if (!known_failure(status)) return misbehaved(returned + ", which does not exist");
  if (failures_ == 0) return misbehaved(returned + " without saying why");
  if (failures_ > 1) return misbehaved("reported more than one failure in one call");
  if (failure_->code != status) {
    return misbehaved(returned + " after reporting status " + std::to_string(failure_->code));
  }
  if (!is_slug(failure_->reason)) return misbehaved(returned + " with a malformed reason");
  Error error = Error(static_cast<ErrorCode>(status), failure_->reason, failure_->message)
                    .within("plugin " + std::string(plugin_));
  if (failure_->retry_after_ms == 0) return error;
  return std::move(error).with_retry_after(std::chrono::milliseconds(failure_->retry_after_ms));
}

}  // namespace berth::plugins
