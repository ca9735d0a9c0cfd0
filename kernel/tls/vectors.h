// Numbers and vectors of the TLS presentation language (RFC 8446 §3), taken from the front of what
// a peer sent; nullopt where there is too little. Pure. Private to this room.

#pragma once

#include <cstdint>
#include <optional>

#include "kernel/base/bytes.h"

namespace berth::tls {

// `octets`: at most eight.
inline std::optional<std::size_t> take_number(ByteView& from, std::size_t octets) {
  if (from.size() < octets) return std::nullopt;
  std::size_t number = 0;
  for (std::size_t i = 0; i < octets; ++i) number = number << 8 | from[i];
  from = from.subspan(octets);
  return number;
}

inline std::optional<ByteView> take(ByteView& from, std::optional<std::size_t> octets) {
  if (!octets || from.size() < *octets) return std::nullopt;
  const ByteView taken = from.first(*octets);
  from = from.subspan(*octets);
  return taken;
}

}  // namespace berth::tls
