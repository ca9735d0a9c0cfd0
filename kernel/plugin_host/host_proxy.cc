#include "kernel/plugin_host/host_proxy.h"

#include <algorithm>
#include <cstring>
#include <thread>

namespace berth::plugin_host {
namespace {

// What the host keeps of a line; more would only fill frames.
constexpr std::size_t kMaxMessage = 2048;
constexpr std::size_t kMaxFields = 16;
constexpr std::size_t kMaxField = 512;
// Between two looks at the host's clock while the plugin sleeps.
constexpr std::chrono::milliseconds kSleepStep{5};

std::string text_of(berth_str text, std::size_t max) {
  return text.data == nullptr ? std::string() : std::string(text.data, std::min(text.len, max));
}

}  // namespace

HostProxy::HostProxy(Connection& connection, std::uint32_t instance, wire::HostFacts facts)
    : connection_(connection), instance_(instance), facts_(std::move(facts)) {
  host_.struct_size = sizeof(host_);
  host_.abi_major = BERTH_ABI_MAJOR;
  host_.abi_minor = BERTH_ABI_MINOR;
  host_.host_data = this;
  host_.product = {facts_.product.data(), facts_.product.size()};
  host_.version = {facts_.version.data(), facts_.version.size()};
  host_.get_interface = &HostProxy::get_interface;
}

const void* HostProxy::get_interface(const berth_host* self, const char* id) noexcept {
  static constexpr berth_host_log kLog = {sizeof(berth_host_log), 0, &HostProxy::log_enabled,
                                          &HostProxy::log_write};
  static constexpr berth_host_clock kClock = {sizeof(berth_host_clock), 0, &HostProxy::monotonic_ns,
                                              &HostProxy::unix_ms, &HostProxy::sleep_until};
  if (id == nullptr) return nullptr;
  const auto& granted = of(self).facts_.services;
  if (std::find(granted.begin(), granted.end(), id) == granted.end()) return nullptr;
  if (std::strcmp(id, BERTH_HOST_LOG_V1) == 0) return &kLog;
  if (std::strcmp(id, BERTH_HOST_CLOCK_V1) == 0) return &kClock;
  return nullptr;
}

bool HostProxy::log_enabled(const berth_host* self, std::uint32_t level) noexcept {
  constexpr std::uint32_t kBits = 32;
  return level >= kBits || (of(self).facts_.log_levels >> level & 1) != 0;
}

void HostProxy::log_write(const berth_host* self, std::uint32_t level, berth_str message,
                          const berth_field* fields, std::size_t field_count) noexcept {
  if (!log_enabled(self, level)) return;
  const HostProxy& host = of(self);
  wire::LogLine line{host.instance_, level, text_of(message, kMaxMessage)};
  const std::size_t count = fields == nullptr ? 0 : std::min(field_count, kMaxFields);
  for (std::size_t i = 0; i < count; ++i) {
    line.log_fields.push_back(
        {text_of(fields[i].key, kMaxField), text_of(fields[i].value, kMaxField)});
  }
  host.connection_.send(wire::encode_frame(wire::Type::kLog, 0, line));
}

std::int64_t HostProxy::ask_clock(bool wall) const {
  static std::atomic<std::uint64_t> next = 1;
  return connection_
      .ask<wire::ClockAnswer>(wire::Type::kClock, next++, wire::ClockQuestion{instance_, wall})
      .value;
}

std::int64_t HostProxy::monotonic_ns(const berth_host* self) noexcept {
  return of(self).ask_clock(false);
}

std::int64_t HostProxy::unix_ms(const berth_host* self) noexcept {
  return of(self).ask_clock(true);
}

berth_status HostProxy::sleep_until(const berth_host* self, const berth_op* op,
                                    std::int64_t until_ns) noexcept {
  for (;;) {
    const std::int64_t now = monotonic_ns(self);
    if (now >= until_ns) return BERTH_OK;
    if (op->cancelled(op)) {
      constexpr std::string_view kReason = "plugin.deadline";
      constexpr std::string_view kMessage = "the call's deadline passed while the plugin slept";
      return op->fail(op, BERTH_DEADLINE_EXCEEDED, {kReason.data(), kReason.size()},
                      {kMessage.data(), kMessage.size()}, 0);
    }
    const std::chrono::nanoseconds left(until_ns - now);
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(left, kSleepStep));
  }
}

}  // namespace berth::plugin_host
