// The berth_host of an instance whose host is in another process: log and clock, as granted.
//
// Thread-safe; must outlive the instance it is given to.

#pragma once

#include <atomic>

#include "berth/abi/host.h"
#include "kernel/plugin_host/connection.h"

namespace berth::plugin_host {

class HostProxy {
 public:
  HostProxy(Connection& connection, std::uint32_t instance, wire::HostFacts facts);
  HostProxy(const HostProxy&) = delete;
  HostProxy& operator=(const HostProxy&) = delete;

  const berth_host* abi() const { return &host_; }

 private:
  static const HostProxy& of(const berth_host* self) {
    return *static_cast<const HostProxy*>(self->host_data);
  }
  static const void* get_interface(const berth_host* self, const char* id) noexcept;
  static bool log_enabled(const berth_host* self, std::uint32_t level) noexcept;
  static void log_write(const berth_host* self, std::uint32_t level, berth_str message,
                        const berth_field* fields, std::size_t field_count) noexcept;
  static std::int64_t monotonic_ns(const berth_host* self) noexcept;
  static std::int64_t unix_ms(const berth_host* self) noexcept;
  static berth_status sleep_until(const berth_host* self, const berth_op* op,
                                  std::int64_t until_ns) noexcept;
  std::int64_t ask_clock(bool wall) const;

  Connection& connection_;
  const std::uint32_t instance_;
  const wire::HostFacts facts_;
  berth_host host_{};
};

}  // namespace berth::plugin_host
