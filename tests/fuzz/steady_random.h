// Randomness that is the same in every run, so that a finding can be replayed. Never for anything
// but fuzzing: OpenSSL's own randomness of the whole process is replaced.

#pragma once

#include <random>

#include "kernel/base/random.h"

namespace berth::fuzz {

class SteadyRandom final : public Random {
 public:
  explicit SteadyRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(std::span<std::uint8_t> target) override {
    for (auto& octet : target) octet = static_cast<std::uint8_t>(engine_());
  }

 private:
  std::mt19937_64 engine_;
};

// From here on OpenSSL (keys, nonces of signatures, SystemRandom) draws from this seed.
// Thread-safe; threads that draw at the same time share the sequence.
void steady_openssl(std::uint64_t seed);

}  // namespace berth::fuzz
