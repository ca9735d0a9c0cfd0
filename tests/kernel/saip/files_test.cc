#include <catch2/catch.hpp>

#include "tests/kernel/saip/package_support.h"

namespace {

using namespace berth;              // NOLINT: the tests name nearly everything in it
using namespace berth::saip;        // NOLINT
using namespace berth::saip::test;  // NOLINT
using Catch::Contains;

const std::string kMfTemplate = "810667810F010201";
const std::string kUsimTemplate = "810667810F010204";

Result<Package> with_mf(const std::string& components) {
  return validate(with(1, element(0xB0, 1, components)));
}
Result<Package> with_usim(const std::string& components) {
  return validate(with(4, element(0xB3, 4, components)));
}

}  // namespace

TEST_CASE("a file's content may come in pieces, with offsets from where the last ended", "[saip]") {
  // Five octets, then an offset of zero, then five.
  const auto pieces = with_mf(kMfTemplate +
                              "A411"
                              "83059844052143"
                              "820100"
                              "83056587092"
                              "1F4");
  INFO(message(pieces));
  REQUIRE(pieces);
  CHECK(pieces->ef_iccid->text() == "8944501234567890124");
}

TEST_CASE("an EF.ICCID that is absent, empty or unset is left alone", "[saip]") {
  for (const char* files : {"", "A400", "A402A100", "A40C830AFFFFFFFFFFFFFFFFFFFF"}) {
    const auto package = with_mf(kMfTemplate + files);
    INFO(message(package));
    REQUIRE(package);
    CHECK_FALSE(package->ef_iccid);
  }
}

TEST_CASE("an EF.ICCID that is not the header's ICCID is refused, both masked", "[saip][R112]") {
  const auto package = with_mf(kMfTemplate + "A40C830A984405214365870921F5");
  CHECK(reason(package) == "saip.iccid");
  CHECK_THAT(message(package), Contains("mf at offset") && Contains("differ"));
  CHECK_THAT(message(package), !Contains("8944501234567890124"));
  CHECK(reason(with_mf(kMfTemplate + "A40B8309984405214365870921")) == "saip.iccid");
  CHECK(reason(with_mf(kMfTemplate + "A40C830A98440521436587092AAA")) == "saip.iccid");
}

TEST_CASE("an IMSI of fifteen, fourteen or fewer digits is read", "[saip]") {
  CHECK(with_usim(kUsimTemplate + "A30B8309"
                                  "080910101032547698")
            ->imsi == "001010123456789");
  CHECK(with_usim(kUsimTemplate + "A30B8309"
                                  "0801101010325476F8")
            ->imsi == "00101012345678");
  CHECK(with_usim(kUsimTemplate + "A30B8309"
                                  "0409101010FFFFFFFF")
            ->imsi == "0010101");
  CHECK_FALSE(with_usim(kUsimTemplate + "A30B8309"
                                        "FFFFFFFFFFFFFFFFFF")
                  ->imsi);
  CHECK_FALSE(with_usim(kUsimTemplate)->imsi);
}

TEST_CASE("every application's IMSI is read, with the length of its MNC when the package says it",
          "[saip][R51]") {
  const std::string imsi =
      "A30B8309"
      "082943012143658709";
  const auto digits = [&](const std::string& administrative) {
    const auto package = with_usim(kUsimTemplate + imsi + administrative);
    REQUIRE(package);
    REQUIRE(package->subscribers.size() == 1);
    CHECK(package->subscribers[0].imsi == *package->imsi);
    return package->subscribers[0].mnc_digits;
  };
  CHECK(digits("") == 0);
  CHECK(digits("B5068304"
               "00000002") == 2);
  CHECK(digits("B5068304"
               "00000003") == 3);
  CHECK(digits("B5068304"
               "0000000F") == 0);
  CHECK(digits("B5058303"
               "000000") == 0);
}

TEST_CASE("an IMSI file that holds none is refused without showing it", "[saip][R112]") {
  for (const char* content : {"83080809101010325476", "8309080A10101032547698",
                              "830909091010103254769"
                              "8",
                              "8309000910101032547698", "83090809101010325476A8",
                              "83090801101010325476"
                              "98",
                              "830902091FFFFFFFFFFFFF"}) {
    const Bytes file = rsp::der::tlv(0xA3, hex(content));
    const auto package = with_usim(kUsimTemplate + to_hex(file));
    INFO(content);
    CHECK(reason(package) == "saip.imsi");
    CHECK_THAT(message(package), !Contains("00101"));
  }
}

TEST_CASE("the GIDs of the first USIM are read, unset ones are none", "[saip]") {
  auto elements = good_elements();
  elements.insert(elements.begin() + 5, element(0xB4, 9,
                                                "810667810F010205"
                                                "A50483020A0B"
                                                "A6048302FFFF"));
  auto package = validate(join(elements));
  INFO(message(package));
  REQUIRE(package);
  CHECK(package->gid1_hex == "0A0B");
  CHECK_FALSE(package->gid2_hex);
  // A second USIM's optional files do not replace them.
  elements.insert(elements.begin() + 6, element(0xB3, 10, kUsimFiles));
  elements.insert(elements.begin() + 7, element(0xB4, 11,
                                                "810667810F010205"
                                                "A5038301CC"));
  package = validate(join(elements));
  REQUIRE(package);
  CHECK(package->gid1_hex == "0A0B");
}

TEST_CASE("an IoT profile has its own master file with USIM", "[saip]") {
  const Bytes iot = element(0xBF20, 1,
                            "810667810F010211"
                            "A40C830A984405214365870921F4"
                            "A90B8309080910101032547698");
  const auto package =
      validate(join({header(), iot, element(0xA4, 5, kMilenage), element(0xAA, 6, "")}));
  INFO(message(package));
  REQUIRE(package);
  CHECK(package->imsi == "001010123456789");
  CHECK(package->ef_iccid == package->iccid);
}

TEST_CASE("files in a wrong form are refused", "[saip][R112]") {
  const std::string files = GENERATE("8301FF",            // not a file
                                     "A5038401FF",        // no such entry
                                     "A503300100",        // a sequence in a file
                                     "A504820200",        // truncated inside
                                     "A50682040001FFFF",  // an offset beyond 16 bits
                                     "A505A10383012F",    // a file id of one octet
                                     "A509A1078205412100"
                                     "0102",       // a descriptor of five octets
                                     "A403800100"  // doNotCreate with a value
  );
  const auto package = with_mf(kMfTemplate + files);
  CAPTURE(files, message(package));
  CHECK((reason(package) == "saip.file" || reason(package) == "saip.malformed"));
  CHECK_THAT(message(package), Contains("mf at offset"));
}

TEST_CASE("a file cannot be written beyond the largest one", "[saip][R112]") {
  // Two offsets of 40,000 octets.
  CHECK(reason(with_mf(kMfTemplate + "A50A820300"
                                     "9C40"
                                     "820300"
                                     "9C40")) == "saip.file");
}

TEST_CASE("a file-system element without its template is refused", "[saip][R112]") {
  for (const char* components : {"", "A40C830A984405214365870921F4",
                                 "810667810F010"
                                 "301",
                                 "8103678100", "8100"}) {
    CHECK(reason(with_mf(components)) == "saip.file");
  }
}

TEST_CASE("generic file management is read command by command", "[saip][R112]") {
  const auto with_management = [](std::string_view commands) {
    auto elements = good_elements();
    elements.insert(elements.begin() + 5,
                    element(0xA1, 9, to_hex(rsp::der::tlv(0xA1, hex(commands)))));
    return reason(validate(join(elements)));
  };
  CHECK(with_management("") == "");
  CHECK(with_management("300F"
                        "80027F10"
                        "620483026F3C"
                        "020101"
                        "8100") == "");
  CHECK(with_management("3003800100") == "saip.file");  // half a file id
  CHECK(with_management("300C800A0000000000000000"
                        "0000") == "saip.file");
  CHECK(with_management("3003840100") == "saip.file");
  CHECK(with_management("310380027F10") == "saip.malformed");
  CHECK(with_management("310480027F10") == "saip.file");
}
