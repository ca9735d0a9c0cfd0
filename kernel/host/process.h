// What the process must be before it touches a key.

#pragma once

namespace berth::host {

// No core dumps, no ptrace by peers, files private by default, a closed peer is an error code and
// not a signal.
void harden_process();

// Blocks SIGINT and SIGTERM in this thread and those it starts; to be called first in main.
void block_stop_signals();
// Returns when one of them arrives.
void wait_for_stop_signal();

}  // namespace berth::host
