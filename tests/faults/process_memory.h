// What lies in another process's memory, as whoever may debug it sees it.

#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>

#include "kernel/base/bytes.h"

namespace berth::faults {

// Octets to look for, by a name for people.
using Needles = std::map<std::string, Bytes>;

struct MemoryScan {
  std::size_t octets = 0;                    // that were read
  std::size_t mappings = 0;                  // that could be read
  std::map<std::string, std::size_t> found;  // how often, by name; only what was found
};

// Reads every readable mapping of the process once, from /proc/PID/mem. Nothing when this user may
// not (no CAP_SYS_PTRACE). What changes during the scan may be missed or met twice.
std::optional<MemoryScan> scan_memory(pid_t pid, const Needles& needles);

// A private scalar in both byte orders: as it is written, and as big-number libraries keep it.
Needles both_orders(const std::string& name, ByteView scalar);

}  // namespace berth::faults
