#include "kernel/base/clock.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace berth {
namespace {

std::string format(UnixMs time_ms, bool with_ms) {
  std::int64_t seconds = time_ms / 1000;
  std::int64_t ms = time_ms % 1000;
  if (ms < 0) {
    ms += 1000;
    --seconds;
  }
  const std::time_t time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 48> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::string out(text.data(), length);
  if (with_ms) {
    std::array<char, 8> fraction{};
    std::snprintf(fraction.data(), fraction.size(), ".%03d", static_cast<int>(ms));
    out += fraction.data();
  }
  out += 'Z';
  return out;
}

}  // namespace

UnixMs SystemClock::now_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::chrono::nanoseconds SystemClock::monotonic() const {
  return std::chrono::steady_clock::now().time_since_epoch();
}

UnixMs ManualClock::now_ms() const {
  const std::lock_guard lock(mutex_);
  return now_ms_;
}

std::chrono::nanoseconds ManualClock::monotonic() const {
  return std::chrono::milliseconds(now_ms());
}

void ManualClock::advance(std::chrono::milliseconds step) {
  const std::lock_guard lock(mutex_);
  now_ms_ += step.count();
}

std::string to_rfc3339(UnixMs time_ms) { return format(time_ms, false); }
std::string to_rfc3339_ms(UnixMs time_ms) { return format(time_ms, true); }

}  // namespace berth
