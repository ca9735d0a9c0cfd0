// Octets and their two text forms.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/result.h"

namespace berth {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;  // borrowed

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }
inline void append(Bytes& target, ByteView more) {
  target.insert(target.end(), more.begin(), more.end());
}
// False at once when the sizes differ; otherwise constant-time (for MACs, codes, challenges).
bool equal_constant_time(ByteView left, ByteView right);
inline bool equal(ByteView left, ByteView right) {
  return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin());
}

// Upper-case, two digits an octet.
std::string to_hex(ByteView bytes);
// Either case; an odd length or another character is kInvalidArgument "hex.invalid".
Result<Bytes> from_hex(std::string_view text);

// Standard alphabet, padded, no line breaks.
std::string to_base64(ByteView bytes);
// Standard alphabet; CR, LF and spaces are skipped as real peers send them (SGP.22 servers break
// lines); anything else, wrong padding or non-zero spare bits is kInvalidArgument "base64.invalid".
Result<Bytes> from_base64(std::string_view text);

}  // namespace berth
