// How plugin code fails: it throws Error, and the thunk around the call turns that into a status
// and one op->fail. Exceptions never leave the plugin.

#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "berth/abi/base.h"

namespace berth::sdk {

class Error : public std::exception {
 public:
  // code: BERTH_*, not BERTH_OK. reason: a stable slug such as "storage.not_found". message: for a
  // person; says what happened and what to do; never a secret.
  Error(berth_status code, std::string_view reason, std::string message)
      : code_(code == BERTH_OK ? BERTH_INTERNAL : code),
        reason_(reason),
        message_(std::move(message)) {}

  berth_status code() const noexcept { return code_; }
  const std::string& reason() const noexcept { return reason_; }
  const char* what() const noexcept override { return message_.c_str(); }
  const std::string& message() const noexcept { return message_; }

  // Milliseconds the caller should wait before it tries again; 0: waiting does not help.
  std::uint32_t retry_after_ms() const noexcept { return retry_after_ms_; }
  Error with_retry_after_ms(std::uint32_t delay) && {
    retry_after_ms_ = delay;
    return std::move(*this);
  }

 private:
  berth_status code_;
  std::string reason_;
  std::string message_;
  std::uint32_t retry_after_ms_ = 0;
};

// The caller's own sink, source or emit callback refused: its status goes back as it came, without
// a story. Not a std::exception, so that a handler for library failures does not swallow it.
struct CallerStopped {
  berth_status status;
};

// The caller's buffer is too small; its len already holds the size needed.
struct BufferTooSmall {};

}  // namespace berth::sdk
