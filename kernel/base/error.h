// What went wrong outside the standard's own refusals: infrastructure, plugins, bad input.
//
// The codes and meanings are those of berth_status in sdk/include/berth/abi/base.h, so a plugin's
// failure passes through the kernel unchanged. Values, immutable, safe to copy between threads.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace berth {

enum class ErrorCode : std::int32_t {
  kCancelled = 1,
  kInvalidArgument = 2,
  kDeadlineExceeded = 3,
  kNotFound = 4,
  kAlreadyExists = 5,
  kPermissionDenied = 6,
  kResourceExhausted = 7,
  kFailedPrecondition = 8,
  kAborted = 9,
  kUnsupported = 10,
  kInternal = 11,
  kUnavailable = 12,
  kDataLoss = 13,
  kUnauthenticated = 14,
  kBufferTooSmall = 15,
};

class [[nodiscard]] Error {
 public:
  // reason: a stable slug such as "vault.wrong_key", listed in docs/reference/reasons.md.
  // message: for a person; says what happened and what to do. Never holds a secret.
  Error(ErrorCode code, std::string_view reason, std::string message)
      : code_(code), reason_(reason), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }
  std::string_view reason() const { return reason_; }
  const std::string& message() const { return message_; }

  // How long the caller should wait before it tries again; empty: trying again does not help.
  std::optional<std::chrono::milliseconds> retry_after() const { return retry_after_; }
  Error with_retry_after(std::chrono::milliseconds delay) && {
    retry_after_ = delay;
    return std::move(*this);
  }
  // The same failure seen from further out: "loading plugin X: <message>".
  Error within(std::string_view context) && {
    message_ = std::string(context) + ": " + message_;
    return std::move(*this);
  }

 private:
  ErrorCode code_;
  std::string reason_;
  std::string message_;
  std::optional<std::chrono::milliseconds> retry_after_;
};

// "invalid_argument", for logs and the operator API.
std::string_view to_string(ErrorCode code);

}  // namespace berth
