#include "kernel/base/random.h"

#include <openssl/rand.h>

#include <algorithm>
#include <cctype>

namespace berth {
namespace {

std::string uuid_text(Bytes octets, std::uint8_t version) {
  octets[6] = static_cast<std::uint8_t>((octets[6] & 0x0F) | (version << 4));
  octets[8] = static_cast<std::uint8_t>((octets[8] & 0x3F) | 0x80);
  std::string text = to_hex(octets);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char digit) { return static_cast<char>(std::tolower(digit)); });
  for (const std::size_t dash : {8, 13, 18, 23}) text.insert(dash, 1, '-');
  return text;
}

}  // namespace

Bytes Random::bytes(std::size_t count) {
  Bytes out(count);
  fill(out);
  return out;
}

std::string Random::uuid() { return uuid_text(bytes(16), 4); }

std::string Random::uuid_at(UnixMs now) {
  Bytes octets = bytes(16);
  for (std::size_t i = 0; i < 6; ++i) octets[i] = static_cast<std::uint8_t>(now >> (40 - 8 * i));
  return uuid_text(std::move(octets), 7);
}

void SystemRandom::fill(std::span<std::uint8_t> target) {
  BERTH_ASSERT(RAND_bytes(target.data(), static_cast<int>(target.size())) == 1);
}

}  // namespace berth
