// Randomness as an injected service.

#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "kernel/base/bytes.h"
#include "kernel/base/clock.h"

namespace berth {

// Thread-safe. Aborts the process rather than return weak octets.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> target) = 0;

  Bytes bytes(std::size_t count);
  // A random (version 4) UUID in lower-case text, RFC 4122.
  std::string uuid();
  // One that rises with time (version 7): what is made one after the other lies side by side in an
  // index. RFC 9562.
  std::string uuid_at(UnixMs now);
};

// OpenSSL's generator.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> target) override;
};

}  // namespace berth
