#include <catch2/catch.hpp>

#include "tests/kernel/rsp/pki/certificate_parts.h"

namespace berth::rsp::pki {
namespace {

using test::hex;

Bytes attribute(std::string_view oid, der::Tag tag, ByteView value) {
  return der::tlv(0x30, {der::tlv(0x06, der::oid_from_text(oid).value()), der::tlv(tag, value)});
}
Bytes rdn(std::string_view oid, der::Tag tag, std::string_view text) {
  return der::tlv(0x31, attribute(oid, tag, as_bytes(text)));
}
Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) append(all, part);
  return all;
}
constexpr std::string_view kCn = "2.5.4.3";
constexpr std::string_view kSerial = "2.5.4.5";
constexpr std::string_view kO = "2.5.4.10";

}  // namespace

TEST_CASE("a name gives its parts and one line of text", "[rsp][pki]") {
  const auto name = read_name(
      joined({rdn("2.5.4.6", 0x13, "ES"), rdn(kO, 0x0C, "RSP Test EUM"), rdn(kSerial, 0x13, "89"),
              rdn(kCn, 0x0C, "Test"), rdn("2.999.3", 0x0C, "x")}));
  REQUIRE(name.ok());
  CHECK(name->organization == "RSP Test EUM");
  CHECK(name->serial_number == "89");
  CHECK(name->common_name == "Test");
  CHECK(name->text == "C=ES, O=RSP Test EUM, serialNumber=89, CN=Test, 2.999.3=x");
  CHECK_FALSE(name->only_organization_and_serial);
  CHECK(read_name(joined({rdn(kO, 0x0C, "A"), rdn(kSerial, 0x13, "8")}))
            ->only_organization_and_serial);
  CHECK(read_name({}).ok());
}

TEST_CASE("names match across string types, case and spaces, and nothing else", "[rsp][pki]") {
  const auto canonical = [](const Bytes& name) { return read_name(name)->canonical; };
  const std::string base = canonical(rdn(kO, 0x0C, "Berth Test"));
  CHECK(canonical(rdn(kO, 0x13, "Berth Test")) == base);
  CHECK(canonical(rdn(kO, 0x0C, " BERTH   test ")) == base);
  CHECK(canonical(rdn(kO, 0x0C, "BerthTest")) != base);
  CHECK(canonical(rdn(kCn, 0x0C, "Berth Test")) != base);
  CHECK(canonical(joined({rdn(kO, 0x0C, "Berth Test"), rdn(kCn, 0x0C, "x")})) != base);
  const auto both =
      joined({attribute(kO, 0x0C, as_bytes("a")), attribute(kCn, 0x0C, as_bytes("b"))});
  const auto swapped =
      joined({attribute(kCn, 0x0C, as_bytes("b")), attribute(kO, 0x0C, as_bytes("a"))});
  CHECK(canonical(der::tlv(0x31, both)) == canonical(der::tlv(0x31, swapped)));
  CHECK(canonical(der::tlv(0x31, both)) !=
        canonical(joined({rdn(kO, 0x0C, "a"), rdn(kCn, 0x0C, "b")})));
}

TEST_CASE("what is not clean text never appears as text", "[rsp][pki]") {
  const auto text = [](der::Tag tag, std::string_view value_hex) {
    return read_name(der::tlv(0x31, attribute(kCn, tag, hex(value_hex))))->common_name;
  };
  CHECK(text(0x0C, "C3A9") == "\xC3\xA9");
  CHECK(text(0x0C, "F09F9880") == "\xF0\x9F\x98\x80");
  for (const std::string_view bad :
       {"4100", "C0AF", "C3", "E08080", "EDA080", "F4908080", "FF", "80", "0A", "7F", "C285"}) {
    INFO(bad);
    CHECK(text(0x0C, bad).front() == '#');
  }
  CHECK(text(0x13, "C3A9").front() == '#');
  CHECK(text(0x1E, "00410042") == "#1E0400410042");  // BMPString
}

TEST_CASE("a second O or serialNumber, or a malformed name, is refused", "[rsp][pki]") {
  CHECK_FALSE(read_name(joined({rdn(kO, 0x0C, "a"), rdn(kO, 0x0C, "a")})).ok());
  CHECK_FALSE(read_name(joined({rdn(kSerial, 0x13, "1"), rdn(kSerial, 0x13, "2")})).ok());
  CHECK(read_name(joined({rdn(kCn, 0x0C, "first"), rdn(kCn, 0x0C, "b")}))->common_name == "first");
  CHECK_FALSE(read_name(hex("3100")).ok());
  CHECK_FALSE(read_name(hex("3000")).ok());
  CHECK_FALSE(read_name(hex("31023000")).ok());
  CHECK_FALSE(read_name(hex("31073005060355040A")).ok());
  CHECK_FALSE(read_name(hex("310B3009060355040A0C004100")).ok());
}

}  // namespace berth::rsp::pki
