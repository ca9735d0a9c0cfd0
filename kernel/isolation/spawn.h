// Starts berth-plugin-host with two descriptors of this process and nothing else of it.

#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "kernel/base/result.h"

namespace berth::isolation {

struct Spawn {
  std::filesystem::path program;
  int socket = -1;                            // becomes wire::kSocketDescriptor
  int library = -1;                           // becomes wire::kLibraryDescriptor
  std::vector<std::string> environment = {};  // "NAME=value"; the process has no other
};

// A process in a session of its own (a terminal's signals do not reach it), in "/", with /dev/null
// as 0 to 2, every signal as a new program has it and every other descriptor closed. By
// posix_spawn: fork alone would copy a process with many threads and its keys.
// kUnavailable "plugin.process_start", with the program's path.
//
// The process is told to die with the *thread* that made it (PR_SET_PDEATHSIG), so that thread must
// live as long as the process shall.
Result<pid_t> spawn(const Spawn& wanted);

}  // namespace berth::isolation
