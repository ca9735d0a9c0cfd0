// BERTH_ASSERT is for programmer errors only, on in release too; input can never trigger it.

#pragma once

namespace berth {
// Prints the place and the condition to stderr and aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);
}  // namespace berth

#define BERTH_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::berth::assertion_failed(#condition, __FILE__, __LINE__))
