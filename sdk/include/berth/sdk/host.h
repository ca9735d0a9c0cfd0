// The host's services as an instance sees them. Each may be missing; then the log is silent and the
// clock is the system's.
//
// Thread-safe, cheap to copy; valid for the instance's life.

#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>

#include "berth/abi/host.h"
#include "berth/sdk/views.h"

namespace berth::sdk {

enum class LogLevel : std::uint32_t {
  kDebug = BERTH_LOG_DEBUG,
  kInfo = BERTH_LOG_INFO,
  kWarn = BERTH_LOG_WARN,
  kError = BERTH_LOG_ERROR,
};

class Host {
 public:
  using Field = std::pair<std::string_view, std::string_view>;
  static constexpr std::size_t kMaxLogFields = 16;  // fields beyond are left out

  explicit Host(const berth_host* raw) noexcept
      : raw_(raw),
        log_(find<berth_host_log>(BERTH_HOST_LOG_V1)),
        clock_(find<berth_host_clock>(BERTH_HOST_CLOCK_V1)) {}

  // nullptr: not offered, or not granted. `id` names the table T.
  template <class T>
  const T* find(const char* id) const noexcept {
    if (raw_ == nullptr || raw_->get_interface == nullptr) return nullptr;
    return static_cast<const T*>(raw_->get_interface(raw_, id));
  }

  bool logs(LogLevel level) const noexcept {
    return log_ != nullptr && log_->enabled(raw_, static_cast<std::uint32_t>(level));
  }
  // Never a secret.
  void log(LogLevel level, std::string_view message,
           std::initializer_list<Field> fields = {}) const noexcept {
    if (!logs(level)) return;
    std::array<berth_field, kMaxLogFields> list{};
    std::size_t count = 0;
    for (const Field& field : fields) {
      if (count == list.size()) break;
      list[count++] = {to_abi(field.first), to_abi(field.second)};
    }
    log_->write(raw_, static_cast<std::uint32_t>(level), to_abi(message), list.data(), count);
  }

  std::int64_t monotonic_ns() const noexcept {
    if (clock_ != nullptr) return clock_->monotonic_ns(raw_);
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }
  std::int64_t unix_ms() const noexcept {
    if (clock_ != nullptr) return clock_->unix_ms(raw_);
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
  const berth_host* raw() const noexcept { return raw_; }

 private:
  const berth_host* raw_;
  const berth_host_log* log_;
  const berth_host_clock* clock_;
};

// The instance's configuration as the operator wrote it: JSON text, already valid against the
// plugin's own schema when the host knows it. The plugin parses it itself.
class Config {
 public:
  explicit Config(std::string_view json) noexcept : json_(json) {}
  // Borrowed: valid during the constructor that receives it.
  std::string_view json() const noexcept { return json_; }

 private:
  std::string_view json_;
};

}  // namespace berth::sdk
