// Closes of keys that the host asked for and that are not done yet.
//
// A close has no answer and runs on a thread of its own, so what the host sends next may overtake
// it. In one process a handle is gone when close_key returns; the calls for which that matters wait
// here for the closes that were asked for before them.
// Thread-safe.

#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>

namespace berth::plugin_host {

class PendingCloses {
 public:
  // A close was read: in the order of reading. Say done() with the number when it has run.
  std::uint64_t asked();
  void done(std::uint64_t number);
  // The number of the last close that was read; 0 before the first.
  std::uint64_t last() const;
  // Until each close up to this number is done. As long as the plugin's close_key takes: the host
  // ends the process when its call's time is over.
  void await(std::uint64_t number);

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t last_ = 0;
  std::set<std::uint64_t> pending_;
};

}  // namespace berth::plugin_host
