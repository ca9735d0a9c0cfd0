// A small profile package, element by element, so that a test can replace any of them.

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/bytes.h"
#include "kernel/rsp/der/der.h"
#include "kernel/saip/package.h"

namespace berth::saip::test {

inline Bytes hex(std::string_view text) { return *from_hex(text); }

// `components` is hexadecimal, after the element's own header.
inline Bytes element(rsp::der::Tag tag, int identification, std::string_view components) {
  Bytes value = hex("A00580008101");
  value.push_back(static_cast<std::uint8_t>(identification));
  append(value, hex(components));
  return rsp::der::tlv(tag, value);
}

inline Bytes header(
    std::string_view fields_before_services = "800102810103830A8944501234567890124F",
    std::string_view services = "81008400") {
  Bytes value = hex(fields_before_services);
  append(value, rsp::der::tlv(0xA5, hex(services)));
  append(value, hex("A6080606"
                    "67810F010201"));
  return rsp::der::tlv(0xA0, value);
}

constexpr std::string_view kMfFiles =
    "810667810F010201"
    "A40C830A984405214365870921F4";
constexpr std::string_view kUsimFiles =
    "810667810F010204"
    "A30B8309"
    "080910101032546306";
constexpr std::string_view kPins =
    "A117A015"
    "3013"
    "800101"
    "810830303030FFFFFFFF"
    "820101830106";
constexpr std::string_view kPuks =
    "A10F300D"
    "80010181083131313131313131";
constexpr std::string_view kMilenage =
    "A12CA12A"
    "800101810101"
    "8210000102030405060708090A0B0C0D0E0F"
    "8310101112131415161718191A1B1C1D1E1F";

// header, mf, pukCodes, pinCodes, usim, akaParameter, end.
inline std::vector<Bytes> good_elements() {
  return {header(),
          element(0xB0, 1, kMfFiles),
          element(0xA3, 2, kPuks),
          element(0xA2, 3, kPins),
          element(0xB3, 4, kUsimFiles),
          element(0xA4, 5, kMilenage),
          element(0xAA, 6, "")};
}

inline Bytes join(const std::vector<Bytes>& elements) {
  Bytes all;
  for (const Bytes& one : elements) append(all, one);
  return all;
}

inline Bytes with(std::size_t index, Bytes replacement) {
  auto elements = good_elements();
  elements[index] = std::move(replacement);
  return join(elements);
}

inline std::string reason(const Result<Package>& result) {
  return result ? "" : std::string(result.error().reason());
}
inline std::string message(const Result<Package>& result) {
  return result ? "" : result.error().message();
}

}  // namespace berth::saip::test
