#include "kernel/saip/element_types.h"

#include <algorithm>
#include <array>

#include "kernel/base/bytes.h"

namespace berth::saip {
namespace {

constexpr std::array<ElementType, 29> kTypes = {{
    {0xA0, "header", Kind::kHeader, 0},
    {0xA1, "genericFileManagement", Kind::kGenericFiles, 0},
    {0xA2, "pinCodes", Kind::kPin, 0},
    {0xA3, "pukCodes", Kind::kPuk, 0},
    {0xA4, "akaParameter", Kind::kAka, 0},
    {0xA5, "cdmaParameter", Kind::kCdma, kCsim},
    {0xA6, "securityDomain", Kind::kSecurityDomain, 0},
    {0xA7, "rfm", Kind::kRfm, 0},
    {0xA8, "application", Kind::kApplication, 0},
    {0xA9, "nonStandard", Kind::kNonStandard, 0},
    {0xAA, "end", Kind::kEnd, 0},
    {kMf, "mf", Kind::kFiles, 0},
    {0xB1, "cd", Kind::kFiles, 0},
    {0xB2, "telecom", Kind::kFiles, 0},
    {kUsim, "usim", Kind::kFiles, 0},
    {kOptUsim, "opt-usim", Kind::kFiles, kUsim},
    {kIsim, "isim", Kind::kFiles, 0},
    {0xB6, "opt-isim", Kind::kFiles, kIsim},
    {0xB7, "phonebook", Kind::kFiles, kUsim},
    {0xB8, "gsm-access", Kind::kFiles, kUsim},
    {kCsim, "csim", Kind::kFiles, 0},
    {0xBA, "opt-csim", Kind::kFiles, kCsim},
    {kEap, "eap", Kind::kFiles, 0},
    {0xBC, "df-5gs", Kind::kFiles, kUsim},
    {0xBD, "df-saip", Kind::kFiles, kUsim},
    {0xBE, "df-snpn", Kind::kFiles, kUsim},
    {0xBF1F, "df-5gprose", Kind::kFiles, kUsim},
    {kIot, "iot", Kind::kFiles, 0},
    {0xBF21, "opt-iot", Kind::kFiles, kIot},
}};

// From tag 80 on, in the order of the ServicesList.
constexpr std::array<std::string_view, 30> kServices = {"contactless",
                                                        "usim",
                                                        "isim",
                                                        "csim",
                                                        "milenage",
                                                        "tuak128",
                                                        "cave",
                                                        "gba-usim",
                                                        "gba-isim",
                                                        "mbms",
                                                        "eap",
                                                        "javacard",
                                                        "multos",
                                                        "multiple-usim",
                                                        "multiple-isim",
                                                        "multiple-csim",
                                                        "tuak256",
                                                        "usim-test-algorithm",
                                                        "ber-tlv",
                                                        "dfLink",
                                                        "cat-tp",
                                                        "get-identity",
                                                        "profile-a-x25519",
                                                        "profile-b-p256",
                                                        "suciCalculatorApi",
                                                        "dns-resolution",
                                                        "scp11ac",
                                                        "scp11c-authorization",
                                                        "s16mode",
                                                        "eaka"};

}  // namespace

const ElementType* element_type(std::uint32_t tag) {
  const auto found = std::find_if(kTypes.begin(), kTypes.end(),
                                  [tag](const ElementType& type) { return type.tag == tag; });
  return found == kTypes.end() ? nullptr : &*found;
}

std::string service_name(std::uint32_t tag) {
  if (tag >= 0x80 && tag < 0x80 + kServices.size()) return std::string(kServices[tag - 0x80]);
  Bytes octets;
  for (int shift = 16; shift >= 0; shift -= 8) {
    const auto octet = static_cast<std::uint8_t>(tag >> shift);
    if (octet != 0 || !octets.empty()) octets.push_back(octet);
  }
  return "service-" + to_hex(octets);
}

}  // namespace berth::saip
