// Walking one element with refusals that name it and the offset. Private to this room.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/bytes.h"
#include "kernel/rsp/der/der.h"

namespace berth::saip {

using rsp::der::Tag;
using rsp::der::Tlv;

inline constexpr std::size_t kMaxDepth = 16;  // of nested values; the format needs about eight

// Where a check stands: the whole package, and the element in hand. Borrows both.
struct Place {
  ByteView package;
  std::string_view element;  // "usim"; "package" outside of any

  // `at` is a slice of the package, where the fault lies.
  Error refuse(std::string_view reason, ByteView at, std::string_view message) const;
};

// The values directly inside one constructed value. "saip.malformed" for what is not DER.
Result<std::vector<Tlv>> children(const Place& place, ByteView constructed_value);

// Every value at every depth is strict DER, and nested kMaxDepth at most.
Result<void> check_der(const Place& place, const Tlv& tlv);

bool is_constructed(const Tlv& tlv);

// An INTEGER of at most `max`; `reason` when it is not.
Result<std::uint64_t> number(const Place& place, const Tlv& tlv, std::uint64_t max,
                             std::string_view reason);

// The child with this tag; nullptr when there is none.
const Tlv* find(const std::vector<Tlv>& children, Tag tag);

// An element's components after its header (PEHeader), which `validate` has read.
Result<std::vector<Tlv>> components(const Place& place, const Tlv& element);

}  // namespace berth::saip
