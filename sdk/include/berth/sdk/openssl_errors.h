// For plugins that use OpenSSL. What a plugin, or a library it calls, leaves in the thread's error
// queue is taken out again: the host's own TLS code runs on the same threads.

#pragma once

#include <openssl/err.h>

namespace berth::sdk {

// One on the stack of each call; of its thread alone.
class ErrorQueueGuard {
 public:
  ErrorQueueGuard() noexcept { ERR_set_mark(); }
  ~ErrorQueueGuard() { ERR_pop_to_mark(); }
  ErrorQueueGuard(const ErrorQueueGuard&) = delete;
  ErrorQueueGuard& operator=(const ErrorQueueGuard&) = delete;
};

}  // namespace berth::sdk
