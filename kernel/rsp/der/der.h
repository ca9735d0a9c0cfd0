// Strict DER, as far as SGP.22 needs it: definite minimal lengths, tags of up to three octets.
//
// Reading borrows from the input and never copies; signatures are checked over the slices that
// came in (Tlv::whole), never over a re-encoding. No I/O, no state, fuzzable.

#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/base/result.h"

namespace berth::rsp::der {

// Written as in the sheets: 0x30, 0xA0, 0x5F37, 0xBF22.
using Tag = std::uint32_t;

struct Tlv {
  Tag tag = 0;
  ByteView whole;  // tag, length and value
  ByteView value;
};

// Walks the elements of one constructed value. Failures are kInvalidArgument "der.*"
// (der.truncated, der.length, der.tag, der.unexpected, der.trailing, der.value).
class Reader {
 public:
  explicit Reader(ByteView input) : rest_(input) {}
  bool at_end() const { return rest_.empty(); }
  Result<Tlv> next();
  // The next element must have this tag.
  Result<Tlv> expect(Tag tag);
  // The next element when it has this tag; nothing consumed otherwise.
  Result<std::optional<Tlv>> optional(Tag tag);
  // Peeks at the next tag without consuming; 0 at the end.
  Result<Tag> peek() const;
  // Nothing may be left.
  Result<void> finish() const;
  ByteView rest() const { return rest_; }

 private:
  ByteView rest_;
};

// Exactly one element with this tag and nothing after it.
Result<Tlv> parse_single(ByteView input, Tag tag);

// Non-negative INTEGER contents that fit; minimal.
Result<std::uint64_t> to_unsigned(ByteView integer_value);
Result<bool> to_boolean(ByteView value);
// "2.999.10" from OBJECT IDENTIFIER contents, and back.
Result<std::string> oid_to_text(ByteView value);
Result<Bytes> oid_from_text(std::string_view text);

// Encoding.
Bytes tlv(Tag tag, ByteView value);
Bytes tlv(Tag tag, std::initializer_list<ByteView> parts);  // parts concatenated
void append_tlv(Bytes& target, Tag tag, ByteView value);
Bytes length_octets(std::size_t length);
Bytes integer_contents(std::uint64_t value);

}  // namespace berth::rsp::der
