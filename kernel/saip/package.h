// A profile package in the interoperable format (TCA SAIP): the plain concatenation of profile
// elements. Reads and validates; changes nothing. Pure, fuzzable.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernel/base/identifiers.h"

namespace berth::saip {

inline constexpr std::size_t kMaxPackageSize = 1024 * 1024;
inline constexpr std::size_t kMaxElements = 512;
inline constexpr std::size_t kMaxFileContent = 65'535;  // of one file written by the package

struct Element {
  std::uint32_t tag = 0;  // 0xA0 header … 0xBF21
  std::string name;       // "header", "usim", "pinCodes"
  std::optional<std::uint32_t> identification;
  std::size_t offset = 0;
  std::size_t size_bytes = 0;  // whole TLV
  bool mandated = false;
};

// What one network application of a package says of its subscriber.
struct Subscriber {
  std::string imsi;             // personal data, never logged
  std::uint8_t mnc_digits = 0;  // EF.AD: 2 or 3; 0: the package does not say
};

struct Package {
  std::uint8_t major_version = 0;
  std::uint8_t minor_version = 0;
  std::string profile_type;             // header 82; may be empty
  Iccid iccid;                          // header
  std::optional<Iccid> ef_iccid;        // MF, EF.ICCID content
  std::optional<std::string> imsi;      // EF.IMSI of the first USIM; personal data, never logged
  std::vector<Subscriber> subscribers;  // of every USIM and IoT application that has an IMSI
  std::optional<std::string> gid1_hex;  // EF.GID1 when present
  std::optional<std::string> gid2_hex;
  std::vector<std::string> mandatory_services;  // "usim", "milenage", …
  std::vector<Element> elements;
};

// Structure of every element in strict DER, order, unique identifications, ICCID agreement between
// header and EF.ICCID, exactly one header first and end last, PINs, PUKs and network keys of the
// right form, and mandatory services that some element provides (§1 to §7 of the format).
//
// Errors: kInvalidArgument "saip.*" naming the element and the offset in the package (R112); listed
// in docs/reference/reasons/saip.md. Key material, PINs and IMSIs are never echoed.
Result<Package> validate(ByteView upp);

}  // namespace berth::saip
