// How long a process that died stays away. A pure value.

#pragma once

#include <algorithm>
#include <chrono>

namespace berth::isolation {

class Backoff {
 public:
  // The wait after the first death, doubled with every further one, and its longest.
  static constexpr std::chrono::milliseconds kFirst{100};
  static constexpr std::chrono::milliseconds kLongest{30'000};
  // A process that served as long as this has paid for the deaths before it.
  static constexpr std::chrono::milliseconds kForgiven{60'000};

  // The wait after a death; `served`: how long the process had served, 0 when it never did.
  std::chrono::milliseconds after_death(std::chrono::milliseconds served) {
    if (served >= kForgiven) next_ = kFirst;
    const std::chrono::milliseconds wait = next_;
    next_ = std::min(2 * next_, kLongest);
    return wait;
  }

 private:
  std::chrono::milliseconds next_ = kFirst;
};

}  // namespace berth::isolation
