#include <catch2/catch.hpp>

#include "tests/kernel/rsp/sgp22/messages_from_vectors.h"

namespace berth::rsp::sgp22 {
namespace {

using namespace vectors;

template <class T>
std::string reason_of(const Result<T>& result) {
  return result ? std::string("accepted") : std::string(result.error().reason());
}

Bytes info1(std::string_view fields) { return der::tlv(0xBF20, hex(fields)); }

TEST_CASE("EUICCInfo1 gives version and CI keys in the card's order", "[rsp][sgp22]") {
  const auto info = parse_euicc_info1(info1("8203020500A9080402AAAA0402BBBBAA070405CCCCCCCCCC"));
  REQUIRE(info);
  CHECK(info->svn.text() == "2.5.0");
  CHECK(info->ci_ids_for_verification == std::vector<Bytes>{hex("AAAA"), hex("BBBB")});
  CHECK(info->ci_ids_for_signing == std::vector<Bytes>{hex("CCCCCCCCCC")});
}

TEST_CASE("EUICCInfo1 of a later release is read past its new elements", "[rsp][sgp22]") {
  const auto info =
      parse_euicc_info1(info1("8203020500A9040402AAAAAA040402AAAAB1040402AAAA880206C09303030100"));
  REQUIRE(info);
  CHECK(info->svn == Version{2, 5, 0});
}

TEST_CASE("versions compare by number, not by text", "[rsp][sgp22]") {
  CHECK(Version{2, 10, 0} > Version{2, 9, 9});
  CHECK(Version{3, 0, 0} > Version{2, 255, 255});
  CHECK(Version{2, 2, 2}.text() == "2.2.2");
}

TEST_CASE("a faulty EUICCInfo1 is refused with its reason", "[rsp][sgp22]") {
  CHECK(reason_of(parse_euicc_info1({})) == "der.truncated");
  CHECK(reason_of(parse_euicc_info1(info1(""))) == "rsp.euicc_info");
  CHECK(reason_of(parse_euicc_info1(info1("A900AA00"))) == "rsp.euicc_info");
  CHECK(reason_of(parse_euicc_info1(info1("82020205A900AA00"))) == "rsp.version");
  CHECK(reason_of(parse_euicc_info1(info1("8203020500AA00"))) == "rsp.euicc_info");
  CHECK(reason_of(parse_euicc_info1(info1("82030205008203020500A900AA00"))) == "rsp.duplicate");
  CHECK(reason_of(parse_euicc_info1(info1("8203020500A9020C00AA00"))) == "der.unexpected");
  CHECK(reason_of(parse_euicc_info1(hex("BF22058203020500"))) == "der.unexpected");
  Bytes trailing = info1("8203020500A900AA00");
  trailing.push_back(0x30);
  CHECK(reason_of(parse_euicc_info1(trailing)) == "der.trailing");
}

TEST_CASE("a list of 65 CI keys is refused", "[rsp][sgp22]") {
  const auto with_keys = [](std::size_t count) {
    Bytes ids;
    for (std::size_t i = 0; i < count; ++i) append(ids, hex("040142"));
    return der::tlv(0xBF20, {hex("8203020500"), der::tlv(0xA9, ids), hex("AA00")});
  };
  CHECK(reason_of(parse_euicc_info1(with_keys(64))) == "accepted");
  CHECK(reason_of(parse_euicc_info1(with_keys(65))) == "rsp.ci_list");
}

TEST_CASE("EUICCInfo2 gives what eligibility needs", "[rsp][sgp22]") {
  const auto info = parse_euicc_info2(euicc_info2());
  REQUIRE(info);
  CHECK(info->profile_version == Version{2, 3, 1});
  CHECK(info->svn == Version{2, 5, 0});
  CHECK(info->firmware_version == Version{1, 2, 3});
  CHECK(info->free_nvm_bytes == 0x40000);
  CHECK(to_hex(info->uicc_capability) == "067F36F7C0");
  CHECK(to_hex(info->rsp_capability) == "0490");
  CHECK(info->forbidden_profile_policy_rules.empty());
  CHECK(info->ci_ids_for_verification.size() == 1);
  CHECK(info->ci_ids_for_signing == info->ci_ids_for_verification);
  CHECK(info->pp_version == Version{1, 0, 0});
  CHECK(info->sas_accreditation_number == "TEST-SAS-0001");
}

TEST_CASE("EUICCInfo2 takes forbidden rules and skips what later releases add", "[rsp][sgp22]") {
  Bytes fields = to_bytes(der::parse_single(euicc_info2(), 0xBF22).value().value);
  append(fields, hex("99020640B1009200930303010090010A"));
  const auto info = parse_euicc_info2(der::tlv(0xBF22, fields));
  REQUIRE(info);
  CHECK(to_hex(info->forbidden_profile_policy_rules) == "0640");
}

TEST_CASE("EUICCInfo2 without any one mandatory element is refused", "[rsp][sgp22]") {
  const Bytes whole = euicc_info2();
  der::Reader counting(der::parse_single(whole, 0xBF22).value().value);
  int removed_mandatory = 0;
  while (!counting.at_end()) {
    const der::Tlv left_out = counting.next().value();
    der::Reader reader(der::parse_single(whole, 0xBF22).value().value);
    Bytes fields;
    while (!reader.at_end()) {
      const der::Tlv element = reader.next().value();
      if (element.tag != left_out.tag) append(fields, element.whole);
    }
    const bool optional = left_out.tag == 0x86 || left_out.tag == 0x87 || left_out.tag == 0xAC;
    CAPTURE(left_out.tag);
    CHECK(reason_of(parse_euicc_info2(der::tlv(0xBF22, fields))) ==
          (optional ? "accepted" : "rsp.euicc_info"));
    removed_mandatory += optional ? 0 : 1;
  }
  CHECK(removed_mandatory == 10);
}

TEST_CASE("unreadable free memory is unknown, not a refusal", "[rsp][sgp22]") {
  const auto with_resources = [](std::string_view resources) {
    Bytes fields;
    const Bytes whole = euicc_info2();
    der::Reader reader(der::parse_single(whole, 0xBF22).value().value);
    while (!reader.at_end()) {
      const der::Tlv element = reader.next().value();
      append(fields,
             element.tag == 0x84 ? der::tlv(0x84, hex(resources)) : to_bytes(element.whole));
    }
    return parse_euicc_info2(der::tlv(0xBF22, fields)).value().free_nvm_bytes;
  };
  CHECK(with_resources("8202FFFF") == 0xFFFF);
  CHECK(with_resources("81010082080000000000001000") == 0x1000);
  CHECK_FALSE(with_resources(""));
  CHECK_FALSE(with_resources("810100"));
  CHECK_FALSE(with_resources("8200"));
  CHECK_FALSE(with_resources("8209000000000000001000"));
  CHECK_FALSE(with_resources("82FF"));
}

TEST_CASE("a BIT STRING with an impossible unused-bits octet is refused", "[rsp][sgp22]") {
  for (const std::string_view bits : {"9900", "99020880", "990107"}) {
    Bytes fields = to_bytes(der::parse_single(euicc_info2(), 0xBF22).value().value);
    append(fields, hex(bits));
    CHECK(reason_of(parse_euicc_info2(der::tlv(0xBF22, fields))) == "rsp.bit_string");
  }
}

}  // namespace
}  // namespace berth::rsp::sgp22
