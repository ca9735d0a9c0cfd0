// Work done in a process of its own, so that what a plugin does there ends there. It tells its
// answer through descriptor 3 and has a time to do so.

#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace berth::plugin_check {

inline constexpr std::size_t kMaxToldBytes = 1 << 20;  // the rest of an answer is dropped

struct ChildEnd {
  std::string told;        // what it wrote to descriptor 3
  bool timed_out = false;  // and was killed
  int signal = 0;          // that ended it; 0: none
  int exit_code = 0;
};

// Runs `work` in a child of this process, which must have one thread. Its standard output goes to
// standard error. Whatever processes it leaves in its group are killed when it ends.
ChildEnd run_child(const std::function<void()>& work, std::chrono::milliseconds time);
// The same for a program and its arguments; arguments[0] is its path.
ChildEnd run_program(const std::vector<std::string>& arguments, std::chrono::milliseconds time);

// For the work: writes the answer. The child ends when its work returns.
void tell(const std::string& answer);

}  // namespace berth::plugin_check
