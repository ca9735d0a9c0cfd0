#include "kernel/ingress/wiped_text.h"

#include <algorithm>
#include <cstdint>

#include "kernel/base/secret_bytes.h"

namespace berth::ingress {
namespace {

void wipe_octets(char* first, std::size_t count) {
  wipe({reinterpret_cast<std::uint8_t*>(first), count});
}

}  // namespace

void append_wiping(std::string& text, std::string_view more) {
  const std::size_t size = text.size() + more.size();
  if (size > text.capacity()) {
    std::string grown;
    grown.reserve(std::max({size, 2 * text.capacity(), kHeapTextBytes}));
    grown.append(text);
    wipe_text(text);
    text.swap(grown);
  }
  text.append(more);
}

void consume_wiping(std::string& text, std::size_t count) {
  count = std::min(count, text.size());
  const std::size_t left = text.size() - count;
  std::copy_n(text.data() + count, left, text.data());  // to the front: may overlap
  wipe_octets(text.data() + left, count);
  text.resize(left);
}

void wipe_text(std::string& text) noexcept {
  text.resize(text.capacity());  // within its capacity: allocates nothing
  wipe_octets(text.data(), text.size());
  text.clear();
}

}  // namespace berth::ingress
