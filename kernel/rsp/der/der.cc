#include "kernel/rsp/der/der.h"

#include <array>
#include <limits>
#include <string>

namespace berth::rsp::der {
namespace {

constexpr std::size_t kMaxTagOctets = 3;
// No message or package of SGP.22 reaches 4 GiB; a longer length field is an attack or garbage.
constexpr std::size_t kMaxLengthOctets = 4;
constexpr std::uint8_t kManyTagOctets = 0x1F;
constexpr std::uint8_t kContinues = 0x80;

// An OBJECT IDENTIFIER in use here has some ten arcs; X.509 libraries allow far more.
constexpr std::size_t kMaxOidOctets = 64;

Error refuse(std::string_view reason, std::string message) {
  return {ErrorCode::kInvalidArgument, reason, std::move(message)};
}

struct ReadTag {
  Tag tag = 0;
  std::size_t octets = 0;
};

Result<ReadTag> read_tag(ByteView input) {
  if (input.empty()) return refuse("der.truncated", "an element was expected, the input ends");
  ReadTag read{input[0], 1};
  if ((input[0] & kManyTagOctets) == kManyTagOctets) {
    bool more = true;
    while (more) {
      if (read.octets == kMaxTagOctets) return refuse("der.tag", "a tag longer than three octets");
      if (read.octets == input.size()) return refuse("der.truncated", "the input ends in a tag");
      const std::uint8_t octet = input[read.octets];
      // X.690 §8.1.2.4.2: the first following octet carries value bits; numbers up to 30 are short.
      if (read.octets == 1 && (octet == kContinues || octet < kManyTagOctets)) {
        return refuse("der.tag", "a tag in a longer form than needed");
      }
      more = (octet & kContinues) != 0;
      read.tag = (read.tag << 8) | octet;
      ++read.octets;
    }
  } else if (input[0] == 0) {
    // End-of-contents and universal 0 never occur in DER, and 0 stands for "no tag" in peek().
    return refuse("der.tag", "tag 00 is not an element");
  }
  return read;
}

struct ReadLength {
  std::size_t length = 0;
  std::size_t octets = 0;
};

// `input` begins at the length field.
Result<ReadLength> read_length(ByteView input) {
  if (input.empty()) return refuse("der.truncated", "the input ends before a length");
  const std::uint8_t first = input[0];
  if (first < 0x80) return ReadLength{first, 1};
  const std::size_t count = first & 0x7FU;
  if (count == 0) return refuse("der.length", "an indefinite length");
  if (count > kMaxLengthOctets) return refuse("der.length", "a length of more than four octets");
  if (input.size() <= count) return refuse("der.truncated", "the input ends in a length");
  std::uint64_t length = 0;
  for (std::size_t i = 1; i <= count; ++i) length = (length << 8) | input[i];
  const bool minimal = length >= 0x80 && (count == 1 || (length >> (8 * (count - 1))) != 0);
  if (!minimal) return refuse("der.length", "a length in more octets than needed");
  return ReadLength{static_cast<std::size_t>(length), 1 + count};
}

void append_tag(Bytes& target, Tag tag) {
  BERTH_ASSERT(tag != 0 && tag <= 0xFFFFFF);
  if (tag > 0xFFFF) target.push_back(static_cast<std::uint8_t>(tag >> 16));
  if (tag > 0xFF) target.push_back(static_cast<std::uint8_t>(tag >> 8));
  target.push_back(static_cast<std::uint8_t>(tag));
}

// Base 128, most significant group first, X.690 §8.19.2.
void append_arc(Bytes& target, std::uint64_t arc) {
  std::array<std::uint8_t, 10> groups{};
  std::size_t count = 0;
  do {
    groups[count++] = static_cast<std::uint8_t>(arc & 0x7F);
    arc >>= 7;
  } while (arc != 0);
  while (count > 0) {
    --count;
    target.push_back(static_cast<std::uint8_t>(groups[count] | (count > 0 ? kContinues : 0)));
  }
}

Result<std::uint64_t> arc_from_text(std::string_view text) {
  const auto bad = [] { return refuse("der.value", "not a dotted object identifier"); };
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return bad();
  std::uint64_t arc = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return bad();
    const auto value = static_cast<std::uint64_t>(digit - '0');
    if (arc > (std::numeric_limits<std::uint64_t>::max() - value) / 10) return bad();
    arc = arc * 10 + value;
  }
  return arc;
}

}  // namespace

Result<Tlv> Reader::next() {
  BERTH_TRY(tag, read_tag(rest_));
  BERTH_TRY(length, read_length(rest_.subspan(tag.octets)));
  const std::size_t header = tag.octets + length.octets;
  if (length.length > rest_.size() - header) {
    return refuse("der.truncated", "an element is longer than what holds it");
  }
  const Tlv element{tag.tag, rest_.first(header + length.length),
                    rest_.subspan(header, length.length)};
  rest_ = rest_.subspan(header + length.length);
  return element;
}

Result<Tlv> Reader::expect(Tag tag) {
  BERTH_TRY(seen, peek());
  if (seen == 0) return refuse("der.truncated", "an element was expected, the input ends");
  if (seen != tag) return refuse("der.unexpected", "another element was expected here");
  return next();
}

Result<std::optional<Tlv>> Reader::optional(Tag tag) {
  BERTH_TRY(seen, peek());
  if (seen != tag) return std::optional<Tlv>();
  BERTH_TRY(element, next());
  return std::optional<Tlv>(element);
}

Result<Tag> Reader::peek() const {
  if (rest_.empty()) return Tag{0};
  BERTH_TRY(tag, read_tag(rest_));
  return tag.tag;
}

Result<void> Reader::finish() const {
  if (!rest_.empty()) return refuse("der.trailing", "octets after the last element");
  return {};
}

Result<Tlv> parse_single(ByteView input, Tag tag) {
  Reader reader(input);
  BERTH_TRY(element, reader.expect(tag));
  BERTH_TRY_VOID(reader.finish());
  return element;
}

Result<std::uint64_t> to_unsigned(ByteView integer_value) {
  if (integer_value.empty()) return refuse("der.value", "an INTEGER without contents");
  if ((integer_value[0] & 0x80) != 0) return refuse("der.value", "a negative INTEGER");
  if (integer_value.size() > 1 && integer_value[0] == 0 && (integer_value[1] & 0x80) == 0) {
    return refuse("der.value", "an INTEGER with needless leading zeros");
  }
  const ByteView digits = integer_value[0] == 0 ? integer_value.subspan(1) : integer_value;
  if (digits.size() > sizeof(std::uint64_t)) return refuse("der.value", "an INTEGER too large");
  std::uint64_t value = 0;
  for (const std::uint8_t octet : digits) value = (value << 8) | octet;
  return value;
}

Result<bool> to_boolean(ByteView value) {
  if (value.size() != 1 || (value[0] != 0x00 && value[0] != 0xFF)) {
    return refuse("der.value", "a BOOLEAN is one octet, 00 or FF");
  }
  return value[0] != 0;
}

Result<std::string> oid_to_text(ByteView value) {
  const auto bad = [] { return refuse("der.value", "not an OBJECT IDENTIFIER"); };
  if (value.empty() || value.size() > kMaxOidOctets || (value.back() & kContinues) != 0)
    return bad();
  std::string text;
  std::uint64_t arc = 0;
  bool starts = true;
  for (const std::uint8_t octet : value) {
    if (starts && octet == kContinues) return bad();
    if ((arc >> (64 - 7)) != 0) return bad();
    arc = (arc << 7) | (octet & 0x7FU);
    starts = (octet & kContinues) == 0;
    if (!starts) continue;
    if (text.empty()) {
      // The first two arcs share one number, X.690 §8.19.4.
      const std::uint64_t root = arc < 80 ? arc / 40 : 2;
      text = std::to_string(root) + '.' + std::to_string(arc - root * 40);
    } else {
      text += '.';
      text += std::to_string(arc);
    }
    arc = 0;
  }
  return text;
}

Result<Bytes> oid_from_text(std::string_view text) {
  const auto bad = [] { return refuse("der.value", "not a dotted object identifier"); };
  Bytes contents;
  std::uint64_t root = 0;
  std::size_t index = 0;
  for (bool last = false; !last; ++index) {
    const std::size_t dot = text.find('.');
    last = dot == std::string_view::npos;
    BERTH_TRY(arc, arc_from_text(text.substr(0, dot)));
    if (!last) text.remove_prefix(dot + 1);
    if (index == 0) {
      if (arc > 2) return bad();
      root = arc;
    } else if (index == 1) {
      if (root < 2 && arc > 39) return bad();
      if (arc > std::numeric_limits<std::uint64_t>::max() - 80) return bad();
      append_arc(contents, root * 40 + arc);
    } else {
      append_arc(contents, arc);
    }
    if (contents.size() > kMaxOidOctets) return bad();
  }
  if (index < 2) return bad();
  return contents;
}

Bytes tlv(Tag tag, ByteView value) {
  Bytes element;
  append_tlv(element, tag, value);
  return element;
}

Bytes tlv(Tag tag, std::initializer_list<ByteView> parts) {
  std::size_t size = 0;
  for (const ByteView part : parts) size += part.size();
  Bytes element;
  element.reserve(size + 8);
  append_tag(element, tag);
  append(element, length_octets(size));
  for (const ByteView part : parts) append(element, part);
  return element;
}

void append_tlv(Bytes& target, Tag tag, ByteView value) {
  append_tag(target, tag);
  append(target, length_octets(value.size()));
  append(target, value);
}

Bytes length_octets(std::size_t length) {
  BERTH_ASSERT(length <= std::numeric_limits<std::uint32_t>::max());
  if (length < 0x80) return {static_cast<std::uint8_t>(length)};
  Bytes octets;
  for (std::size_t shift = 32; shift > 0;) {
    shift -= 8;
    const auto octet = static_cast<std::uint8_t>(length >> shift);
    if (octet != 0 || !octets.empty()) octets.push_back(octet);
  }
  octets.insert(octets.begin(), static_cast<std::uint8_t>(0x80 | octets.size()));
  return octets;
}

Bytes integer_contents(std::uint64_t value) {
  Bytes contents;
  for (std::size_t shift = 64; shift > 0;) {
    shift -= 8;
    const auto octet = static_cast<std::uint8_t>(value >> shift);
    if (octet != 0 || !contents.empty() || shift == 0) contents.push_back(octet);
  }
  // A set top bit would read as negative.
  if ((contents[0] & 0x80) != 0) contents.insert(contents.begin(), 0);
  return contents;
}

}  // namespace berth::rsp::der
