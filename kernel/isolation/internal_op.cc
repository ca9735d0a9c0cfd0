#include "kernel/isolation/internal_op.h"

#include "berth/abi/host.h"
#include "kernel/isolation/remote.h"

namespace berth::isolation {

using std::chrono::steady_clock;

std::int64_t monotonic_ns(const berth_host* host) {
  const auto* clock =
      host == nullptr
          ? nullptr
          : static_cast<const berth_host_clock*>(host->get_interface(host, BERTH_HOST_CLOCK_V1));
  if (clock != nullptr) return clock->monotonic_ns(host);
  return std::chrono::nanoseconds(steady_clock::now().time_since_epoch()).count();
}

InternalOp::InternalOp(const berth_host* host, std::string_view request_id,
                       std::chrono::nanoseconds time)
    : deadline_(steady_clock::now() + time) {
  op_.struct_size = sizeof(op_);
  op_.host_data = this;
  op_.request_id = {request_id.data(), request_id.size()};
  op_.deadline_ns = monotonic_ns(host) + time.count();
  op_.cancelled = &InternalOp::cancelled;
  op_.fail = &InternalOp::fail;
}

bool InternalOp::cancelled(const berth_op* self) noexcept {
  return steady_clock::now() >= static_cast<const InternalOp*>(self->host_data)->deadline_;
}

berth_status InternalOp::fail(const berth_op* self, berth_status code, berth_str reason,
                              berth_str message, std::uint32_t retry_after_ms) noexcept {
  static_cast<void>(retry_after_ms);
  auto& op = *static_cast<InternalOp*>(self->host_data);
  // A plugin's own code may be any number; what it is called here decides nothing.
  const bool known = code > BERTH_OK && code <= BERTH_BUFFER_TOO_SMALL;
  op.error_.emplace(known ? static_cast<ErrorCode>(code) : ErrorCode::kInternal, text_of(reason),
                    text_of(message));
  return code;
}

Error InternalOp::error() const {
  if (error_) return *error_;
  return {ErrorCode::kInternal, "plugin.misbehaved", "it failed without saying why"};
}

}  // namespace berth::isolation
