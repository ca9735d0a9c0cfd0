// A host for plugin tests: records log lines and failures and controls the clock. No kernel behind
// it, and no test framework.

#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <limits>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "berth/abi/host.h"

namespace berth::kit {

inline berth_str str(std::string_view text) { return {text.data(), text.size()}; }
inline berth_bytes octets(std::span<const std::uint8_t> data) { return {data.data(), data.size()}; }
inline berth_bytes octets(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// The clock that deadlines are told on, as a host that follows the system's has it.
inline std::int64_t system_monotonic_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

class FakeHost {
 public:
  struct Line {
    std::uint32_t level;
    std::string text;  // message, then " key=value" for each field
  };

  FakeHost() {
    host_.struct_size = sizeof(berth_host);
    host_.abi_major = BERTH_ABI_MAJOR;
    host_.abi_minor = BERTH_ABI_MINOR;
    host_.host_data = this;
    host_.product = str("fake-host");
    host_.version = str("0");
    host_.get_interface = &get_interface;
  }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  const berth_host* raw() const { return &host_; }
  std::vector<Line> lines() const {
    std::lock_guard lock(mutex_);
    return lines_;
  }
  void withdraw_log() { log_granted_ = false; }
  // Real time from here on, for calls with deadlines.
  void follow_system_clock() { system_clock_ = true; }
  void set_time(std::int64_t monotonic_ns, std::int64_t unix_ms) {
    monotonic_ns_ = monotonic_ns;
    unix_ms_ = unix_ms;
  }

 private:
  static FakeHost& self(const berth_host* host) { return *static_cast<FakeHost*>(host->host_data); }
  static const void* get_interface(const berth_host* host, const char* id) noexcept {
    static constexpr berth_host_log kLog{
        sizeof(berth_host_log), 0, [](const berth_host*, std::uint32_t) noexcept { return true; },
        &write_log};
    static constexpr berth_host_clock kClock{
        sizeof(berth_host_clock), 0,
        [](const berth_host* h) noexcept { return self(h).monotonic_ns(); },
        [](const berth_host* h) noexcept { return self(h).unix_ms(); }, &sleep_until};
    if (std::strcmp(id, BERTH_HOST_LOG_V1) == 0 && self(host).log_granted_) return &kLog;
    if (std::strcmp(id, BERTH_HOST_CLOCK_V1) == 0) return &kClock;
    return nullptr;
  }
  std::int64_t monotonic_ns() const {
    return system_clock_ ? system_monotonic_ns() : monotonic_ns_.load();
  }
  std::int64_t unix_ms() const {
    if (!system_clock_) return unix_ms_;
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
  // With a clock of the test's own no time passes.
  static berth_status sleep_until(const berth_host* host, const berth_op* op,
                                  std::int64_t until_ns) noexcept {
    while (self(host).system_clock_ && !op->cancelled(op) && system_monotonic_ns() < until_ns) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return BERTH_OK;
  }
  static void write_log(const berth_host* host, std::uint32_t level, berth_str message,
                        const berth_field* fields, std::size_t count) noexcept {
    std::string text(message.data, message.len);
    for (std::size_t i = 0; i < count; ++i) {
      text += " " + std::string(fields[i].key.data, fields[i].key.len) + "=" +
              std::string(fields[i].value.data, fields[i].value.len);
    }
    std::lock_guard lock(self(host).mutex_);
    self(host).lines_.push_back({level, std::move(text)});
  }

  berth_host host_{};
  std::atomic<bool> log_granted_{true};
  std::atomic<bool> system_clock_{false};
  std::atomic<std::int64_t> monotonic_ns_{0};
  std::atomic<std::int64_t> unix_ms_{0};
  mutable std::mutex mutex_;
  std::vector<Line> lines_;
};

// One call's context. Make one for each call: fails() counts the stories told.
class FakeOp {
 public:
  FakeOp() {
    op_.struct_size = sizeof(berth_op);
    op_.host_data = this;
    op_.request_id = str("test-request");
    op_.deadline_ns = std::numeric_limits<std::int64_t>::max();
    op_.cancelled = [](const berth_op* op) noexcept {
      return of(op).cancelled_.load() ||
             (of(op).followed_ != nullptr && of(op).followed_->load()) ||
             (of(op).expires_ && system_monotonic_ns() >= op->deadline_ns);
    };
    op_.fail = [](const berth_op* op, berth_status code, berth_str reason, berth_str message,
                  std::uint32_t retry_after_ms) noexcept {
      FakeOp& self = of(op);
      ++self.fails_;
      self.code_ = code;
      self.reason_.assign(reason.data, reason.len);
      self.message_.assign(message.data, message.len);
      self.retry_after_ms_ = retry_after_ms;
      return code;
    };
  }
  FakeOp(const FakeOp&) = delete;
  FakeOp& operator=(const FakeOp&) = delete;

  const berth_op* raw() const { return &op_; }
  void cancel() { cancelled_ = true; }
  // Cancelled as soon as `flag` is set, which outlives the call.
  void follow(const std::atomic<bool>& flag) { followed_ = &flag; }
  // On the system's clock; before the call.
  void set_deadline(std::int64_t monotonic_ns) {
    op_.deadline_ns = monotonic_ns;
    expires_ = true;
  }
  int fails() const { return fails_; }
  berth_status code() const { return code_; }
  const std::string& reason() const { return reason_; }
  const std::string& message() const { return message_; }
  std::uint32_t retry_after_ms() const { return retry_after_ms_; }

 private:
  static FakeOp& of(const berth_op* op) { return *static_cast<FakeOp*>(op->host_data); }

  berth_op op_{};
  std::atomic<bool> cancelled_{false};
  const std::atomic<bool>* followed_ = nullptr;
  bool expires_ = false;
  int fails_ = 0;
  berth_status code_ = BERTH_OK;
  std::string reason_;
  std::string message_;
  std::uint32_t retry_after_ms_ = 0;
};

// A sink that keeps what it gets, or refuses after `limit` octets with `refusal`.
class CollectingSink {
 public:
  explicit CollectingSink(std::size_t limit = std::numeric_limits<std::size_t>::max(),
                          berth_status refusal = BERTH_ABORTED)
      : limit_(limit), refusal_(refusal) {
    sink_.ctx = this;
    sink_.write = [](berth_sink* raw, berth_bytes chunk) noexcept -> berth_status {
      auto& self = *static_cast<CollectingSink*>(raw->ctx);
      if (self.content_.size() + chunk.len > self.limit_) return self.refusal_;
      self.content_.append(reinterpret_cast<const char*>(chunk.data), chunk.len);
      return BERTH_OK;
    };
  }
  berth_sink* raw() { return &sink_; }
  const std::string& content() const { return content_; }

 private:
  berth_sink sink_{};
  std::size_t limit_;
  berth_status refusal_;
  std::string content_;
};

// A source that gives `content` in pieces of at most `piece` octets, then ends or breaks.
class TextSource {
 public:
  explicit TextSource(std::string content, std::size_t piece = 4096, berth_status end = BERTH_OK)
      : content_(std::move(content)), piece_(piece), end_(end) {
    source_.ctx = this;
    source_.read = [](berth_source* raw, berth_buf* into) noexcept -> berth_status {
      auto& self = *static_cast<TextSource*>(raw->ctx);
      std::size_t rest = self.content_.size() - self.position_;
      if (rest == 0) {
        into->len = 0;
        return self.end_;
      }
      into->len = std::min({rest, self.piece_, into->cap});
      std::memcpy(into->data, self.content_.data() + self.position_, into->len);
      self.position_ += into->len;
      return BERTH_OK;
    };
  }
  berth_source* raw() { return &source_; }

 private:
  berth_source source_{};
  std::string content_;
  std::size_t piece_;
  berth_status end_;
  std::size_t position_ = 0;
};

}  // namespace berth::kit
