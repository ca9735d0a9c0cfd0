// What the operating system says about this process and its disks; the doctor's inputs.

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "kernel/base/result.h"

namespace berth::api {

struct ProcessLimits {
  std::uint64_t open_files = 0;           // RLIMIT_NOFILE, soft
  std::uint64_t locked_memory_bytes = 0;  // RLIMIT_MEMLOCK, soft
  std::uint64_t core_bytes = 0;           // RLIMIT_CORE, soft
  bool dumpable = true;                   // PR_GET_DUMPABLE
};
ProcessLimits read_process_limits();

struct DiskSpace {
  std::uint64_t available_bytes = 0;  // to this user
  std::uint64_t total_bytes = 0;
};
// "api.disk" when the folder cannot be looked at.
Result<DiskSpace> read_disk_space(const std::filesystem::path& folder);

// Permission bits of a regular file; empty when there is none or it cannot be looked at.
std::optional<std::uint32_t> read_file_mode(const std::filesystem::path& file);

// Is the system clock disciplined by NTP? Empty when the kernel does not tell.
std::optional<bool> clock_synchronised();

}  // namespace berth::api
