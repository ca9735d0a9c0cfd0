// Puts one subscriber's values into a profile package that serves as template.
//
// Written are: the header's iccid and EF.ICCID; EF.IMSI, EF.ACC and EF.AD (length of the MNC) of
// each network application that carries the template's own subscriber, that is, whose EF.IMSI
// equals that of the first; PIN1, PUK1 and ADM1 wherever a code of that reference stands; K and OPc
// of each algorithm, except those of an application with another subscriber. Everything else stays
// octet for octet: ISIM identities (IMPI, IMPU, domain), EF.MSISDN, CDMA and over-the-air keys are
// the template's. Pure, fuzzable.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kernel/base/identifiers.h"
#include "kernel/base/secret_bytes.h"

namespace berth::saip {

// Typed by people or made by their systems, so check digits and forms are asked. An empty secret
// leaves what the template has.
struct Personalisation {
  Iccid iccid;                                // ends in its Luhn digit
  std::string imsi;                           // 6..15 digits; personal data, never logged
  std::optional<std::uint8_t> mnc_digits;     // 2 or 3; absent: EF.AD stays
  std::optional<std::uint16_t> access_class;  // EF.ACC: one of bits 0..9, any of 11..15;
                                              // absent: the bit of the IMSI's last digit
  SecretBytes pin1;                           // 4..8 ASCII digits
  SecretBytes puk1;                           // 8 ASCII digits
  SecretBytes adm1;                           // 4..8 ASCII digits, or 8 octets
  SecretBytes k;                              // as long as the template's: 16, or 32 octets
  SecretBytes opc;                            // 16 octets; 32 (TOPc) for TUAK
  SecretBytes op;  // 16 octets, instead of opc: OPc is worked out of it and k (TS 35.206)
};

// A new package, validated like every other. It holds keys in clear: wipe it after use.
//
// Errors, kInvalidArgument, without any secret or IMSI in them:
// "saip.personalise_value" a value of a wrong form, by its name;
// "saip.personalise_place" the template has no place for a value, naming element and offset;
// "saip.personalise_key" K or OPc does not fit the algorithm, naming element and offset;
// those of saip::validate for a template that is no good package.
Result<Bytes> personalise(ByteView package_template, const Personalisation& values);

}  // namespace berth::saip
