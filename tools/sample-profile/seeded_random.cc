#include "tools/sample-profile/seeded_random.h"

#include <algorithm>

#include "kernel/base/digest.h"

namespace berth::sample_profile {

void SeededRandom::fill(std::span<std::uint8_t> target) {
  const std::lock_guard lock(mutex_);
  while (!target.empty()) {
    const std::string input = std::to_string(counter_++) + ":" + seed_;
    const Sha256 block = sha256(as_bytes(input));
    const std::size_t count = std::min(target.size(), block.size());
    std::copy_n(block.begin(), count, target.begin());
    target = target.subspan(count);
  }
}

}  // namespace berth::sample_profile
