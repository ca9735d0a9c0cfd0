// What many calls and many instances leave behind.

#include <malloc.h>

#include <chrono>

#include "kit/runner/checks.h"

namespace berth::kit::runner {
namespace {

constexpr std::uint64_t kWarmUp = 50;  // caches and pools fill
constexpr std::uint64_t kRounds = 5000;
constexpr std::uint64_t kInstances = 50;
constexpr std::chrono::seconds kRoundsTime{30};  // slow plugins are asked less often
// Growth of 16 octets a round is a leak, whatever its size; below that it is the allocator's own.
constexpr std::uint64_t kSlack = 32 * 1024;
constexpr std::uint64_t kEach = 16;

std::uint64_t in_use() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

std::string growth(const char* of, std::uint64_t before, std::uint64_t count) {
  const std::uint64_t after = in_use();
  if (after <= before + kSlack + kEach * count) return {};
  return std::to_string(count) + " " + of + " left " + std::to_string(after - before) +
         " octets behind, " + std::to_string((after - before) / count) +
         " each: free what a call allocates; run your tests with -fsanitize=address";
}

}  // namespace

Verdict check_memory(const Subject& subject) {
  std::uint64_t rounds = 0;
  {
    Worker worker(subject);
    for (std::uint64_t number = 0; number < kWarmUp; ++number) {
      if (worker.exercise().round(worker.caller(), number) != BERTH_OK) {
        return {false, worker.caller().failure() + worker.caller().violation()};
      }
    }
    const std::uint64_t before = in_use();
    const auto end = std::chrono::steady_clock::now() + kRoundsTime;
    while (rounds < kRounds && std::chrono::steady_clock::now() < end) {
      worker.exercise().round(worker.caller(), kWarmUp + ++rounds);
    }
    const std::string grown = growth("rounds of calls", before, rounds);
    if (!grown.empty()) return {false, grown};
  }
  std::uint64_t before = in_use();
  for (std::uint64_t i = 0; i < 2 * kInstances; ++i) {
    if (i == kInstances) before = in_use();
    Worker worker(subject);
  }
  const std::string grown = growth("instances", before, kInstances);
  if (!grown.empty()) return {false, grown};
  return {true, std::to_string(rounds) + " rounds of calls and " + std::to_string(2 * kInstances) +
                    " instances leave nothing behind"};
}

}  // namespace berth::kit::runner
