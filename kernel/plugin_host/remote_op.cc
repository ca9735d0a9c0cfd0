#include "kernel/plugin_host/remote_op.h"

#include <algorithm>

namespace berth::plugin_host {
namespace {

using std::chrono::steady_clock;

// The host keeps less of either; a story must not fill a frame.
constexpr std::size_t kMaxText = 1024;
constexpr std::chrono::hours kLongest{24};

std::string text_of(berth_str text) {
  if (text.data == nullptr) return {};
  return {text.data, std::min(text.len, kMaxText)};
}

}  // namespace

RemoteOp::RemoteOp(const wire::CallHead& head)
    : request_id_(head.request_id),
      idempotency_key_(head.idempotency_key),
      deadline_(steady_clock::now() + std::min<std::chrono::nanoseconds>(
                                          std::chrono::nanoseconds(head.remaining_ns), kLongest)),
      cancelled_(head.cancelled) {
  op_.struct_size = sizeof(op_);
  op_.host_data = this;
  op_.request_id = {request_id_.data(), request_id_.size()};
  op_.idempotency_key = {idempotency_key_.data(), idempotency_key_.size()};
  op_.deadline_ns = head.deadline_ns;
  op_.cancelled = &RemoteOp::cancelled;
  op_.fail = &RemoteOp::fail;
}

bool RemoteOp::cancelled(const berth_op* self) noexcept {
  const auto* op = static_cast<const RemoteOp*>(self->host_data);
  return op->cancelled_ || steady_clock::now() >= op->deadline_;
}

berth_status RemoteOp::fail(const berth_op* self, berth_status code, berth_str reason,
                            berth_str message, std::uint32_t retry_after_ms) noexcept {
  auto* op = static_cast<RemoteOp*>(self->host_data);
  const std::lock_guard lock(op->mutex_);
  if (op->failures_++ == 0) {
    op->story_ = {code, text_of(reason), text_of(message), retry_after_ms};
  }
  return code;
}

berth_status RemoteOp::fail(berth_status code, const char* reason, const std::string& message) {
  const std::string slug = reason;
  return fail(&op_, code, {slug.data(), slug.size()}, {message.data(), message.size()}, 0);
}

wire::AnswerHead RemoteOp::answer(berth_status status) const {
  const std::lock_guard lock(mutex_);
  return {status, failures_, story_};
}

}  // namespace berth::plugin_host
