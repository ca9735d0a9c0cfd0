#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace berth::fuzz {
namespace {

constexpr std::size_t kMaxPatches = 8;
constexpr std::size_t kMaxPiece = 48;

// Octets at which readers of DER and text go wrong.
constexpr std::uint8_t kEdges[] = {0x00, 0x01, 0x7F, 0x80, 0x81, 0x82, 0x84,
                                   0x88, 0xFF, 0x1F, 0x30, 0xA0, 0xBF};

void patch(Bytes& octets, Choices& choices) {
  const std::uint8_t kind = choices.octet();
  const std::size_t at = choices.below(octets.size());
  const auto here = octets.begin() + static_cast<std::ptrdiff_t>(at);
  const std::size_t piece = std::min(choices.below(kMaxPiece), octets.size() - at);
  const auto end = here + static_cast<std::ptrdiff_t>(piece);
  switch (kind % 7) {
    case 0:
      if (!octets.empty()) *here = choices.octet();
      break;
    case 1:
      if (!octets.empty()) *here ^= static_cast<std::uint8_t>(1U << choices.below(8));
      break;
    case 2:
      if (!octets.empty()) *here = kEdges[choices.below(std::size(kEdges))];
      break;
    case 3: {
      const Bytes more = to_bytes(choices.take(piece));
      octets.insert(here, more.begin(), more.end());
      break;
    }
    case 4:
      octets.erase(here, end);
      break;
    case 5: {
      const Bytes again(here, end);
      octets.insert(here, again.begin(), again.end());
      break;
    }
    default:
      octets.resize(at);
  }
}

}  // namespace

void must_hold(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

std::uint8_t Choices::octet() {
  const ByteView one = take(1);
  return one.empty() ? std::uint8_t{0} : one[0];
}

std::size_t Choices::below(std::size_t limit) {
  if (limit == 0) return 0;
  std::size_t number = octet();
  if (limit > 256) number = number << 8 | octet();
  return number % limit;
}

ByteView Choices::take(std::size_t count) {
  const ByteView taken = rest_.first(std::min(count, rest_.size()));
  rest_ = rest_.subspan(taken.size());
  return taken;
}

Bytes patched(Bytes good, Choices& choices) {
  for (std::size_t left = choices.below(kMaxPatches); left > 0; --left) patch(good, choices);
  return good;
}

}  // namespace berth::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  berth::fuzz::one_input({data, size});
  return 0;
}
