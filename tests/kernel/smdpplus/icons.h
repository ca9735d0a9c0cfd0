// Icons of the right frame and size; their pixels are none.

#pragma once

#include "kernel/base/bytes.h"

namespace berth::smdpplus::testing {

inline void append_number(Bytes& target, std::uint32_t value, int octets) {
  while (octets-- > 0) target.push_back(static_cast<std::uint8_t>(value >> (8 * octets)));
}

inline void append_chunk(Bytes& png, std::string_view name, ByteView data) {
  append_number(png, static_cast<std::uint32_t>(data.size()), 4);
  append(png, as_bytes(name));
  append(png, data);
  append_number(png, 0, 4);  // checksum, not looked at
}

inline Bytes png_icon(std::uint32_t width = 64, std::uint32_t height = 64) {
  Bytes png = from_hex("89504E470D0A1A0A").value();
  Bytes header;
  append_number(header, width, 4);
  append_number(header, height, 4);
  append(header, from_hex("0802000000").value());
  append_chunk(png, "IHDR", header);
  append_chunk(png, "IDAT", Bytes(20, 0x5A));
  append_chunk(png, "IEND", {});
  return png;
}

// With the frame header of `marker` after an application segment and a table.
inline Bytes jpeg_icon(std::uint32_t width = 64, std::uint32_t height = 64,
                       std::uint8_t marker = 0xC0) {
  Bytes jpeg = from_hex("FFD8FFE000044A46FFC400040000FF").value();  // one fill octet at the end
  append(jpeg, Bytes{0xFF, marker});
  append_number(jpeg, 11, 2);
  jpeg.push_back(8);
  append_number(jpeg, height, 2);
  append_number(jpeg, width, 2);
  append(jpeg, from_hex("01011100FFDA0004ABCDFFD9").value());
  return jpeg;
}

}  // namespace berth::smdpplus::testing
