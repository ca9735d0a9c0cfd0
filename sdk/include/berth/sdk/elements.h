// Arrays of the other side, whose elements may be longer or shorter than this side knows them, and
// the small checks that the draft kinds share. Authors do not call this.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace berth::sdk::detail {

// Element `index` as this side knows it: what an older peer does not send is zero, what a newer one
// adds is left out.
template <class T>
T read_element(const void* array, std::size_t stride, std::size_t index) noexcept {
  T mine{};
  const std::size_t known = stride < sizeof(T) ? stride : sizeof(T);
  std::memcpy(static_cast<void*>(&mine), static_cast<const char*>(array) + index * stride, known);
  return mine;
}

// 1 .. max octets of 0x21 .. 0x7E.
inline bool is_visible_ascii(std::string_view text, std::size_t max) noexcept {
  if (text.empty() || text.size() > max) return false;
  for (char c : text) {
    if (c < '!' || c > '~') return false;
  }
  return true;
}

// 1 .. max octets of a-z 0-9 and `more`.
inline bool is_lower_name(std::string_view text, std::size_t max, std::string_view more) noexcept {
  if (text.empty() || text.size() > max) return false;
  for (char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!plain && more.find(c) == std::string_view::npos) return false;
  }
  return true;
}

}  // namespace berth::sdk::detail
