#include "kernel/saip/personalise_values.h"

#include <catch2/catch.hpp>

namespace {

using namespace berth;        // NOLINT: the tests name nearly everything in it
using namespace berth::saip;  // NOLINT
using Catch::Contains;

SecretBytes secret(std::string_view text) { return SecretBytes::copy_of(as_bytes(text)); }
SecretBytes key(std::string_view hex) { return SecretBytes::take(*from_hex(hex)); }

Personalisation good() {
  Personalisation values{.iccid = *Iccid::parse("8931440000000000014")};
  values.imsi = "001010123456789";
  return values;
}

std::string refusal(const Personalisation& values) {
  const auto checked = check_values(values);
  if (checked) return "";
  CHECK(checked.error().reason() == "saip.personalise_value");
  CHECK(checked.error().code() == ErrorCode::kInvalidArgument);
  return checked.error().message();
}

constexpr std::string_view kKey = "465B5CE8B199B49FAA5F0A2EE238A6BC";

}  // namespace

TEST_CASE("values in their forms pass, the optional ones alone or together", "[saip]") {
  Personalisation values = good();
  CHECK(refusal(values).empty());
  values.mnc_digits = 3;
  values.access_class = 0xF801;
  values.pin1 = secret("1234");
  values.puk1 = secret("12345678");
  values.adm1 = key("00FF00FF00FF00FF");
  values.k = key(kKey);
  values.opc = key(kKey);
  CHECK(refusal(values).empty());
  values.adm1 = secret("12345");
  CHECK(refusal(values).empty());
}

TEST_CASE("an ICCID whose check digit does not fit is refused as a typing error", "[saip][R112]") {
  Personalisation values = good();
  values.iccid = *Iccid::parse("8931440000000000015");
  CHECK_THAT(refusal(values), Contains("iccid") && Contains("Luhn"));
}

TEST_CASE("identities of a wrong form are refused by name and not shown", "[saip][R112]") {
  for (const char* imsi : {"", "00101", "0010101234567890", "00101012345678A", "00101 123456789"}) {
    Personalisation values = good();
    values.imsi = imsi;
    CHECK(refusal(values) == "imsi: 6 to 15 digits");
  }
  for (const int digits : {0, 1, 4, 255}) {
    Personalisation values = good();
    values.mnc_digits = static_cast<std::uint8_t>(digits);
    CHECK_THAT(refusal(values), Contains("mncDigits"));
  }
  for (const int classes : {0x0000, 0x0003, 0x0400, 0x0401, 0xF800, 0xFFFF}) {
    Personalisation values = good();
    values.access_class = static_cast<std::uint16_t>(classes);
    CAPTURE(classes);
    CHECK_THAT(refusal(values), Contains("accessClass"));
  }
}

TEST_CASE("codes of a wrong form are refused by name and not shown", "[saip][R112]") {
  for (const char* code : {"123", "123456789", "12a4", "-123", "\xFF\xFF\xFF\xFF"}) {
    Personalisation values = good();
    values.pin1 = secret(code);
    CHECK(refusal(values) == "pin1: 4 to 8 digits");
  }
  for (const char* code : {"1234567", "123456789", "1234567a"}) {
    Personalisation values = good();
    values.puk1 = secret(code);
    CHECK(refusal(values) == "puk1: 8 digits");
  }
  for (const char* code : {"123", "12345a", "123456789"}) {
    Personalisation values = good();
    values.adm1 = secret(code);
    CHECK(refusal(values) == "adm1: 4 to 8 digits, or 8 octets");
  }
}

TEST_CASE("keys of a wrong size, or OP without what it needs, are refused", "[saip][R112]") {
  const auto with = [](std::string_view k, std::string_view opc, std::string_view op) {
    Personalisation values = good();
    if (!k.empty()) values.k = key(k);
    if (!opc.empty()) values.opc = key(opc);
    if (!op.empty()) values.op = key(op);
    return refusal(values);
  };
  CHECK_THAT(with("00", "", ""), Contains("k: 16 or 32 octets"));
  CHECK_THAT(with("", "0011", ""), Contains("opc: 16 or 32 octets"));
  CHECK_THAT(with(kKey, "", "00"), Contains("op: 16 octets"));
  CHECK_THAT(with(kKey, kKey, kKey), Contains("not both"));
  CHECK_THAT(with("", "", kKey), Contains("needs a k"));
  CHECK_THAT(with(std::string(kKey) + std::string(kKey), "", kKey), Contains("needs a k"));
  CHECK(with(kKey, "", kKey).empty());
}

TEST_CASE("an IMSI is coded with its length, parity and swapped digits", "[saip]") {
  CHECK(to_hex(imsi_file("001010123456789")) == "080910101032547698");
  CHECK(to_hex(imsi_file("00101012345678")) == "0801101010325476F8");
  CHECK(to_hex(imsi_file("0010101")) == "0409101010FFFFFFFF");
  CHECK(to_hex(imsi_file("310410")) == "04310114F0FFFFFFFF");
}

TEST_CASE("the access class follows the IMSI's last digit unless one is given", "[saip]") {
  Personalisation values = good();
  CHECK(to_hex(access_class_file(values)) == "0200");
  values.imsi = "001010";
  CHECK(to_hex(access_class_file(values)) == "0001");
  values.access_class = 0x8020;
  CHECK(to_hex(access_class_file(values)) == "8020");
}

TEST_CASE("codes are padded with FF", "[saip]") {
  CHECK(to_hex(padded_code(secret("1234")).view()) == "31323334FFFFFFFF");
  CHECK(to_hex(padded_code(secret("12345678")).view()) == "3132333435363738");
}

TEST_CASE("OPc is worked out of OP as in test sets 1 and 2 of TS 35.207", "[saip]") {
  CHECK(to_hex(derive_opc(key(kKey), key("CDC202D5123E20F62B6D676AC72CB318")).view()) ==
        "CD63CB71954A9F4E48A5994E37A02BAF");
  CHECK(to_hex(derive_opc(key("0396EB317B6D1C36F19C1C84CD6FFD16"),
                          key("FF53BADE17DF5D4E793073CE9D7579FA"))
                   .view()) == "53C15671C60A4B731C55B4A441C0BDE2");
}
