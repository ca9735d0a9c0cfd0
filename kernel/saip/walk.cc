#include "kernel/saip/walk.h"

#include <algorithm>

namespace berth::saip {
namespace {

constexpr std::uint8_t kConstructedBit = 0x20;

Result<void> check_der_within(const Place& place, const Tlv& tlv, std::size_t depth) {
  if (!is_constructed(tlv)) return {};
  if (depth == kMaxDepth) {
    return place.refuse("saip.malformed", tlv.whole, "values nest deeper than any profile needs");
  }
  BERTH_TRY(inner, children(place, tlv.value));
  for (const Tlv& child : inner) BERTH_TRY_VOID(check_der_within(place, child, depth + 1));
  return {};
}

}  // namespace

Error Place::refuse(std::string_view reason, ByteView at, std::string_view message) const {
  // An empty slice at the very end still points into, or one past, the package.
  const bool inside = at.data() >= package.data() && at.data() <= package.data() + package.size();
  const std::size_t offset = inside ? static_cast<std::size_t>(at.data() - package.data()) : 0;
  std::string text(element);
  text.append(" at offset ").append(std::to_string(offset)).append(": ").append(message);
  return {ErrorCode::kInvalidArgument, reason, std::move(text)};
}

Result<std::vector<Tlv>> children(const Place& place, ByteView constructed_value) {
  std::vector<Tlv> found;
  rsp::der::Reader reader(constructed_value);
  while (!reader.at_end()) {
    const ByteView here = reader.rest();
    auto next = reader.next();
    if (!next) return place.refuse("saip.malformed", here, next.error().message());
    found.push_back(*next);
  }
  return found;
}

Result<void> check_der(const Place& place, const Tlv& tlv) {
  return check_der_within(place, tlv, 0);
}

bool is_constructed(const Tlv& tlv) { return (tlv.whole[0] & kConstructedBit) != 0; }

Result<std::uint64_t> number(const Place& place, const Tlv& tlv, std::uint64_t max,
                             std::string_view reason) {
  const auto value = rsp::der::to_unsigned(tlv.value);
  if (!value)
    return place.refuse(reason, tlv.whole, "a number was expected: " + value.error().message());
  if (*value > max) {
    return place.refuse(reason, tlv.whole, "a number above " + std::to_string(max));
  }
  return *value;
}

const Tlv* find(const std::vector<Tlv>& children, Tag tag) {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [tag](const Tlv& child) { return child.tag == tag; });
  return found == children.end() ? nullptr : &*found;
}

Result<std::vector<Tlv>> components(const Place& place, const Tlv& element) {
  BERTH_TRY(all, children(place, element.value));
  if (!all.empty()) all.erase(all.begin());
  return std::move(all);
}

}  // namespace berth::saip
