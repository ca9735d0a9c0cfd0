// What the process may do once a plugin's code is in it: less than its user.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace berth::plugin_host {

// Before anything else: no core dump, no tracing by peers, no privileges to gain, and death when
// the thread that started it dies.
void harden();

struct Confinement {
  std::uint64_t memory_bytes = 0;  // for the plugin's data
  bool network = false;            // IPv4 and IPv6
  std::uint32_t threads = 0;       // of our own, whose stacks do not count
};
inline constexpr std::size_t kStackBytes = std::size_t{1} << 20;

// Limits of memory and descriptors, then a filter over system calls that no code can take off again
// (docs/decisions/plugin-isolation.md). Refused with EPERM, as by a system that forbids them:
//   sockets of every kind, except IPv4 and IPv6 when the network is granted (pairs stay);
//   new processes and programs; signals to, tracing of and memory of other processes;
//   io_uring, which would go around the filter; mounts, namespaces, modules, keyrings, bpf.
// Must be called while the process has one thread. The text says what the system refused.
std::optional<std::string> confine(const Confinement& wanted);

}  // namespace berth::plugin_host
