#include "kernel/plugins/printable.h"

#include <algorithm>
#include <cstdint>

namespace berth::plugins {
namespace {

constexpr std::string_view kEllipsis = "\u2026";

// Octets of the well-formed, printable character that begins `text`; 0 when there is none.
std::size_t character_length(std::string_view text) {
  const auto octet = [&](std::size_t at) {
    return at < text.size() ? static_cast<std::uint8_t>(text[at]) : std::uint8_t{0};
  };
  const auto continued = [&](std::size_t at) { return (octet(at) & 0xC0) == 0x80; };
  const std::uint8_t lead = octet(0);
  if (lead < 0x80) return lead >= 0x20 && lead != 0x7F ? 1 : 0;
  if (lead >= 0xC2 && lead <= 0xDF) {
    const bool c1_control = lead == 0xC2 && octet(1) < 0xA0;
    return continued(1) && !c1_control ? 2 : 0;
  }
  if ((lead & 0xF0) == 0xE0) {
    const bool overlong = lead == 0xE0 && octet(1) < 0xA0;
    const bool surrogate = lead == 0xED && octet(1) >= 0xA0;
    // U+2028..202E and U+2066..2069 end lines or reverse what a person reads.
    const bool layout =
        lead == 0xE2 && ((octet(1) == 0x80 && octet(2) >= 0xA8 && octet(2) <= 0xAE) ||
                         (octet(1) == 0x81 && octet(2) >= 0xA6 && octet(2) <= 0xA9));
    return continued(1) && continued(2) && !overlong && !surrogate && !layout ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool overlong = lead == 0xF0 && octet(1) < 0x90;
    const bool beyond = lead == 0xF4 && octet(1) >= 0x90;
    return continued(1) && continued(2) && continued(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

}  // namespace

bool is_slug(std::string_view reason) {
  return !reason.empty() && reason.size() <= kMaxSlug &&
         std::all_of(reason.begin(), reason.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
         });
}

std::string printable(std::string_view text, std::size_t max_octets) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  std::size_t cut = 0;  // the longest part of `out` that leaves room for the ellipsis
  while (!text.empty()) {
    if (out.size() + kEllipsis.size() <= max_octets) cut = out.size();
    const std::size_t length = character_length(text);
    std::string piece;
    if (length > 0) {
      piece = text.substr(0, length);
    } else {
      const auto octet = static_cast<std::uint8_t>(text.front());
      piece = {'\\', 'x', kDigits[octet >> 4], kDigits[octet & 15]};
    }
    if (out.size() + piece.size() > max_octets) {
      out.resize(cut);
      if (kEllipsis.size() <= max_octets) out += kEllipsis;
      return out;
    }
    out += piece;
    text.remove_prefix(length > 0 ? length : 1);
  }
  return out;
}

}  // namespace berth::plugins
