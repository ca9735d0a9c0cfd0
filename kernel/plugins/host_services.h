// What a plugin instance may ask of the kernel: a log line and the time. Everything else of
// berth/abi/host.h is answered NULL.
//
// A Host is scoped to one instance: its log lines carry tenant and binding, and no call names a
// tenant. Thread-safe. Must outlive the instance it is given to.

#pragma once

#include <memory>
#include <string>

#include "berth/abi/host.h"
#include "kernel/base/clock.h"

namespace spdlog {
class logger;
}
namespace berth::isolation {
class Process;
}

namespace berth::plugins {

// Clock is borrowed and must outlive every instance; the logger is shared by all of them. Without
// a logger nothing is logged.
struct HostServices {
  const Clock* clock = nullptr;
  std::shared_ptr<spdlog::logger> log;
  // Where the plugin runs when it is not here; its proxies alone ask for it. Borrowed.
  isolation::Process* process = nullptr;
};

class Host {
 public:
  // scope: what log lines begin with, "mvno-17/hsm".
  Host(HostServices services, std::string scope);
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  const berth_host* abi() const { return &abi_; }

 private:
  static const Host& of(const berth_host* self) { return *static_cast<Host*>(self->host_data); }
  static const void* get_interface(const berth_host* self, const char* id) noexcept;
  static bool log_enabled(const berth_host* self, std::uint32_t level) noexcept;
  static void log_write(const berth_host* self, std::uint32_t level, berth_str message,
                        const berth_field* fields, std::size_t field_count) noexcept;
  static std::int64_t monotonic_ns(const berth_host* self) noexcept;
  static std::int64_t unix_ms(const berth_host* self) noexcept;
  static berth_status sleep_until(const berth_host* self, const berth_op* op,
                                  std::int64_t until_ns) noexcept;

  HostServices services_;
  std::string scope_;
  berth_host abi_{};
};

}  // namespace berth::plugins
