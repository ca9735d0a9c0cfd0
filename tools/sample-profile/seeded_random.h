// Randomness that repeats: the same seed gives the same octets. For packages that two parties
// must be able to make alike, never for anything that has to stay secret.

#pragma once

#include <mutex>
#include <string>

#include "kernel/base/random.h"

namespace berth::sample_profile {

// SHA-256 over seed and counter. Thread-safe.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::string seed) : seed_(std::move(seed)) {}
  void fill(std::span<std::uint8_t> target) override;

 private:
  std::mutex mutex_;
  std::string seed_;
  std::uint64_t counter_ = 0;
};

}  // namespace berth::sample_profile
