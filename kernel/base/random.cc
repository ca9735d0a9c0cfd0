#include "kernel/base/random.h"

#include <openssl/rand.h>

namespace berth {

Bytes Random::bytes(std::size_t count) {
  Bytes out(count);
  fill(out);
  return out;
}

std::string Random::uuid() {
  Bytes octets = bytes(16);
  octets[6] = static_cast<std::uint8_t>((octets[6] & 0x0F) | 0x40);
  octets[8] = static_cast<std::uint8_t>((octets[8] & 0x3F) | 0x80);
  std::string text;
  text.reserve(36);
  constexpr char kDigits[] = "0123456789abcdef";
  for (std::size_t i = 0; i < octets.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text.push_back(kDigits[octets[i] >> 4]);
    text.push_back(kDigits[octets[i] & 15]);
  }
  return text;
}

void SystemRandom::fill(std::span<std::uint8_t> target) {
  BERTH_ASSERT(RAND_bytes(target.data(), static_cast<int>(target.size())) == 1);
}

}  // namespace berth
