#include "kernel/rsp/sgp22/utf8.h"

#include <cstdint>

namespace berth::rsp::sgp22 {

bool is_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<std::uint8_t>(text[at++]);
    if (lead < 0x80) continue;
    // 80..C1 never lead (C0 and C1 would be overlong), F5..FF lie beyond U+10FFFF.
    if (lead < 0xC2 || lead > 0xF4) return false;
    const std::size_t more = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    if (text.size() - at < more) return false;
    const auto second = static_cast<std::uint8_t>(text[at]);
    // Overlong forms, surrogates and numbers beyond U+10FFFF show in the second octet.
    const bool in_range = !(lead == 0xE0 && second < 0xA0) && !(lead == 0xED && second > 0x9F) &&
                          !(lead == 0xF0 && second < 0x90) && !(lead == 0xF4 && second > 0x8F);
    if (!in_range) return false;
    for (std::size_t i = 0; i < more; ++i, ++at) {
      if ((static_cast<std::uint8_t>(text[at]) & 0xC0) != 0x80) return false;
    }
  }
  return true;
}

}  // namespace berth::rsp::sgp22
