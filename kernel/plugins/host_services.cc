#include "kernel/plugins/host_services.h"

#include <spdlog/logger.h>

#include <algorithm>
#include <cstring>
#include <thread>

#include "kernel/isolation/process.h"
#include "kernel/plugins/call.h"
#include "kernel/plugins/printable.h"

namespace berth::plugins {
namespace {

constexpr std::size_t kMaxLogMessage = 1024;
constexpr std::size_t kMaxLogFields = 16;
constexpr std::size_t kMaxFieldKey = 64;
constexpr std::size_t kMaxFieldValue = 256;
// Between two looks at the injected clock while a plugin sleeps.
constexpr std::chrono::milliseconds kSleepStep{5};

spdlog::level::level_enum level_of(std::uint32_t level) {
  switch (level) {
    case BERTH_LOG_DEBUG:
      return spdlog::level::debug;
    case BERTH_LOG_INFO:
      return spdlog::level::info;
    case BERTH_LOG_WARN:
      return spdlog::level::warn;
    case BERTH_LOG_ERROR:
      return spdlog::level::err;
    default:
      return spdlog::level::warn;  // an unknown level is worth a look
  }
}

}  // namespace

Host::Host(HostServices services, std::string scope)
    : services_(std::move(services)), scope_(std::move(scope)) {
  BERTH_ASSERT(services_.clock != nullptr);
  abi_.struct_size = sizeof(abi_);
  abi_.abi_major = BERTH_ABI_MAJOR;
  abi_.abi_minor = BERTH_ABI_MINOR;
  abi_.host_data = this;
  abi_.product = plugins::abi("berth");
  abi_.version = plugins::abi(BERTH_VERSION);
  abi_.get_interface = &Host::get_interface;
}

const void* Host::get_interface(const berth_host* self, const char* id) noexcept {
  static constexpr berth_host_log kLog = {sizeof(berth_host_log), 0, &Host::log_enabled,
                                          &Host::log_write};
  static constexpr berth_host_clock kClock = {sizeof(berth_host_clock), 0, &Host::monotonic_ns,
                                              &Host::unix_ms, &Host::sleep_until};
  if (id == nullptr) return nullptr;
  if (std::strcmp(id, BERTH_HOST_LOG_V1) == 0) return &kLog;
  if (std::strcmp(id, BERTH_HOST_CLOCK_V1) == 0) return &kClock;
  if (std::strcmp(id, isolation::kProcessInterface) == 0) return of(self).services_.process;
  return nullptr;
}

bool Host::log_enabled(const berth_host* self, std::uint32_t level) noexcept {
  const auto& log = of(self).services_.log;
  return log != nullptr && log->should_log(level_of(level));
}

void Host::log_write(const berth_host* self, std::uint32_t level, berth_str message,
                     const berth_field* fields, std::size_t field_count) noexcept try {
  if (!log_enabled(self, level)) return;
  const Host& host = of(self);
  std::string line = "[" + host.scope_ + "] " + printable(text_of(message), kMaxLogMessage);
  const std::size_t count = fields == nullptr ? 0 : std::min(field_count, kMaxLogFields);
  for (std::size_t i = 0; i < count; ++i) {
    line += " " + printable(text_of(fields[i].key), kMaxFieldKey) + "=" +
            printable(text_of(fields[i].value), kMaxFieldValue);
  }
  host.services_.log->log(level_of(level), std::string_view(line));
} catch (...) {
  // A line that cannot be written is lost; nothing may be thrown into the plugin.
}

std::int64_t Host::monotonic_ns(const berth_host* self) noexcept {
  return of(self).services_.clock->monotonic().count();
}

std::int64_t Host::unix_ms(const berth_host* self) noexcept {
  return of(self).services_.clock->now_ms();
}

berth_status Host::sleep_until(const berth_host* self, const berth_op* op,
                               std::int64_t until_ns) noexcept {
  while (monotonic_ns(self) < until_ns) {
    if (op->cancelled(op)) {
      return op->fail(op, BERTH_DEADLINE_EXCEEDED, plugins::abi("plugin.deadline"),
                      plugins::abi("the call's deadline passed while the plugin slept"), 0);
    }
    const std::chrono::nanoseconds left(until_ns - monotonic_ns(self));
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(left, kSleepStep));
  }
  return BERTH_OK;
}

}  // namespace berth::plugins
