#include "kernel/wire/archive.h"

namespace berth::wire {

ByteView Reader::take(std::size_t count) {
  if (!good_ || rest_.size() < count) {
    fail();
    return {};
  }
  const ByteView taken = rest_.first(count);
  rest_ = rest_.subspan(count);
  return taken;
}

ByteView Reader::take_octets() {
  std::uint32_t length = 0;
  get(length);
  return take(length);
}

}  // namespace berth::wire
