// Digests and signatures as this room writes them: hexadecimal in lower case, as sha256sum does.

#pragma once

#include <string>
#include <string_view>

#include "kernel/base/digest.h"

namespace berth::routing {

inline std::string lower_hex(ByteView octets) {
  std::string digits = to_hex(octets);
  for (char& c : digits) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  return digits;
}

inline std::string digest_of(std::string_view text) { return lower_hex(sha256(as_bytes(text))); }

}  // namespace berth::routing
