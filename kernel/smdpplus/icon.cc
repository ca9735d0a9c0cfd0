#include "kernel/smdpplus/icon.h"

#include <algorithm>
#include <array>

namespace berth::smdpplus {
namespace {

using rsp::sgp22::IconType;

constexpr std::array<std::uint8_t, 8> kPngSignature = {0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A};
constexpr std::size_t kPngChunkFrame = 12;  // length, name and checksum
constexpr std::size_t kHeaderChunkSize = 13;

Error invalid(std::string_view message) {
  return {ErrorCode::kInvalidArgument, "profile_type.icon", std::string(message)};
}

std::uint32_t big_endian(ByteView octets) {
  std::uint32_t value = 0;
  for (const std::uint8_t octet : octets) value = value << 8 | octet;
  return value;
}

Result<void> check_dimensions(std::uint32_t width, std::uint32_t height) {
  if (width == kIconPixels && height == kIconPixels) return {};
  return invalid("the icon is " + std::to_string(width) + "×" + std::to_string(height) +
                 " pixels, not 64×64");
}

// IHDR first, whole chunks, IEND last (ISO/IEC 15948 §5).
Result<void> check_png(ByteView rest) {
  bool first = true;
  while (rest.size() >= kPngChunkFrame) {
    const std::uint32_t size = big_endian(rest.first(4));
    if (size > rest.size() - kPngChunkFrame) break;
    const std::string_view name = as_text(rest.subspan(4, 4));
    if (first != (name == "IHDR")) return invalid("the PNG does not begin with one IHDR");
    if (first) {
      if (size != kHeaderChunkSize) return invalid("the PNG's IHDR has not 13 octets");
      BERTH_TRY_VOID(
          check_dimensions(big_endian(rest.subspan(8, 4)), big_endian(rest.subspan(12, 4))));
    }
    first = false;
    rest = rest.subspan(kPngChunkFrame + size);
    if (name == "IEND") {
      return rest.empty() ? Result<void>() : invalid("something follows the PNG's end");
    }
  }
  return invalid("the PNG is cut short");
}

// SOF0 to SOF15, without the tables and extensions that lie between them.
bool is_frame_header(std::uint8_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

// Segments up to the frame header; what follows is compressed (ISO/IEC 10918-1 annex B).
Result<void> check_jpeg(ByteView octets) {
  constexpr std::size_t kFrameHeaderSize = 8;  // length, precision, height, width, components
  if (octets.size() < 4 || octets[octets.size() - 2] != 0xFF || octets.back() != 0xD9) {
    return invalid("the JPEG is cut short");
  }
  ByteView rest = octets.subspan(2);
  while (rest.size() >= 4 && rest[0] == 0xFF) {
    const std::uint8_t marker = rest[1];
    if (marker == 0xFF) {  // fill octet
      rest = rest.subspan(1);
      continue;
    }
    const std::size_t size = big_endian(rest.subspan(2, 2));
    if (size < 2 || size > rest.size() - 2) break;
    if (is_frame_header(marker)) {
      if (size < kFrameHeaderSize) break;
      return check_dimensions(big_endian(rest.subspan(7, 2)), big_endian(rest.subspan(5, 2)));
    }
    rest = rest.subspan(2 + size);
  }
  return invalid("the JPEG has no frame header");
}

}  // namespace

Result<IconType> read_icon(ByteView octets) {
  if (octets.size() > rsp::sgp22::kMaxIconSize) return invalid("an icon is at most 1024 octets");
  if (octets.size() > kPngSignature.size() &&
      std::equal(kPngSignature.begin(), kPngSignature.end(), octets.begin())) {
    BERTH_TRY_VOID(check_png(octets.subspan(kPngSignature.size())));
    return IconType::kPng;
  }
  if (octets.size() > 2 && octets[0] == 0xFF && octets[1] == 0xD8) {
    BERTH_TRY_VOID(check_jpeg(octets));
    return IconType::kJpeg;
  }
  return invalid("the icon is neither PNG nor JPEG");
}

}  // namespace berth::smdpplus
