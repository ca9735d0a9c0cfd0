// The kinds of profile element and the services a header may demand, by tag. Private to this room.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace berth::saip {

enum class Kind : std::uint8_t {
  kHeader = 1,
  kGenericFiles,
  kPin,
  kPuk,
  kAka,
  kCdma,
  kSecurityDomain,
  kRfm,
  kApplication,
  kNonStandard,
  kEnd,
  kFiles,  // a file-system element: template id and files
};

struct ElementType {
  std::uint32_t tag;
  std::string_view name;
  Kind kind;
  // Tag of the element that must have come before; 0: none. For NAA elements, see package.cc.
  std::uint32_t after;
};

inline constexpr std::uint32_t kMf = 0xB0;
inline constexpr std::uint32_t kUsim = 0xB3;
inline constexpr std::uint32_t kOptUsim = 0xB4;
inline constexpr std::uint32_t kIsim = 0xB5;
inline constexpr std::uint32_t kCsim = 0xB9;
inline constexpr std::uint32_t kEap = 0xBB;
inline constexpr std::uint32_t kIot = 0xBF20;

// nullptr: no such element (the reserved tags AB to AF are none either).
const ElementType* element_type(std::uint32_t tag);

// "usim", "milenage"; "service-9E" for a tag that this version does not know.
std::string service_name(std::uint32_t tag);

}  // namespace berth::saip
