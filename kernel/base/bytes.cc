#include "kernel/base/bytes.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <limits>

#include "kernel/base/assert.h"

namespace berth {
namespace {

constexpr char kHexDigits[] = "0123456789ABCDEF";
constexpr char kBase64Digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::array<std::int8_t, 256> base64_values() {
  std::array<std::int8_t, 256> values{};
  for (auto& value : values) value = -1;
  for (int i = 0; i < 64; ++i) {
    values[static_cast<std::uint8_t>(kBase64Digits[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}
constexpr auto kBase64Values = base64_values();

Error invalid_base64(std::string_view why) {
  return {ErrorCode::kInvalidArgument, "base64.invalid", "not valid base64: " + std::string(why)};
}

}  // namespace

bool equal_constant_time(ByteView left, ByteView right) {
  return left.size() == right.size() &&
         (left.empty() || CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0);
}

std::string to_hex(ByteView bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t octet : bytes) {
    text.push_back(kHexDigits[octet >> 4]);
    text.push_back(kHexDigits[octet & 15]);
  }
  return text;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) {
    return Error{ErrorCode::kInvalidArgument, "hex.invalid", "odd number of hexadecimal digits"};
  }
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) {
      return Error{ErrorCode::kInvalidArgument, "hex.invalid", "not a hexadecimal digit"};
    }
    bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return bytes;
}

std::string to_base64(ByteView bytes) {
  BERTH_ASSERT(bytes.size() <= std::numeric_limits<int>::max() / 2);
  std::string text((bytes.size() + 2) / 3 * 4, '\0');
  // Also writes the end of the string that std::string keeps behind its octets.
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                  static_cast<int>(bytes.size()));
  return text;
}

Result<Bytes> from_base64(std::string_view text) {
  Bytes bytes;
  bytes.reserve(text.size() / 4 * 3);
  unsigned group = 0;
  int digits = 0;
  int padding = 0;
  for (const char c : text) {
    if (c == '\r' || c == '\n' || c == ' ') continue;
    if (c == '=') {
      ++padding;
      continue;
    }
    const int value = kBase64Values[static_cast<std::uint8_t>(c)];
    if (value < 0) return invalid_base64("a character outside the alphabet");
    if (padding > 0) return invalid_base64("text after the padding");
    group = group << 6 | static_cast<unsigned>(value);
    if (++digits == 4) {
      bytes.push_back(static_cast<std::uint8_t>(group >> 16));
      bytes.push_back(static_cast<std::uint8_t>(group >> 8));
      bytes.push_back(static_cast<std::uint8_t>(group));
      group = 0;
      digits = 0;
    }
  }
  if (digits == 1) return invalid_base64("it is cut short");
  if (padding != (digits == 0 ? 0 : 4 - digits)) return invalid_base64("wrong padding");
  if (digits == 2) {
    if ((group & 0xF) != 0) return invalid_base64("spare bits are not zero");
    bytes.push_back(static_cast<std::uint8_t>(group >> 4));
  } else if (digits == 3) {
    if ((group & 0x3) != 0) return invalid_base64("spare bits are not zero");
    bytes.push_back(static_cast<std::uint8_t>(group >> 10));
    bytes.push_back(static_cast<std::uint8_t>(group >> 2));
  }
  return bytes;
}

}  // namespace berth
