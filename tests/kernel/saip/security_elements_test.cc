#include <catch2/catch.hpp>

#include "tests/kernel/saip/package_support.h"

namespace {

using namespace berth;              // NOLINT: the tests name nearly everything in it
using namespace berth::saip;        // NOLINT
using namespace berth::saip::test;  // NOLINT
using Catch::Contains;

// PIN entries, wrapped.
Result<Package> with_pins(std::string_view entries) {
  const Bytes pins = rsp::der::tlv(0xA1, rsp::der::tlv(0xA0, hex(entries)));
  return validate(with(3, element(0xA2, 3, to_hex(pins))));
}
Result<Package> with_puks(std::string_view entries) {
  return validate(with(2, element(0xA3, 2, to_hex(rsp::der::tlv(0xA1, hex(entries))))));
}
Result<Package> with_algorithm(std::string_view fields, std::string_view services = "8100") {
  const Bytes aka = rsp::der::tlv(0xA1, rsp::der::tlv(0xA1, hex(fields)));
  auto elements = good_elements();
  elements[0] = header("800102810103830A8944501234567890124F", services);
  elements[5] = element(0xA4, 5, to_hex(aka));
  return validate(join(elements));
}

const std::string kKey16 = "8210000102030405060708090A0B0C0D0E0F";
const std::string kOpc16 = "8310101112131415161718191A1B1C1D1E1F";
const std::string k32 = "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F";

}  // namespace

TEST_CASE("PINs, second PINs and administrative codes are accepted", "[saip]") {
  CHECK(message(with_pins("300D80010181083132333435363738"
                          "300E80020081810831323334FFFFFFFF"
                          "300D80010A81080102030405060708"
                          "300E8002008A81083535353535353535")) == "");
}

TEST_CASE("PINs may be shared with another folder's", "[saip]") {
  CHECK(message(validate(with(3, element(0xA2, 3,
                                         "A104"
                                         "8102"
                                         "7FD0")))) == "");
}

TEST_CASE("bad PINs are refused and not shown", "[saip][R112]") {
  const std::string entries = GENERATE(
      "300D80010081083030303"
      "0FFFFFFFF",  // reference 0
      "300D80010981083030303"
      "0FFFFFFFF",                       // no such reference
      "300D8001018108303030FFFFFFFFFF",  // three digits
      "300D800101810830303030FF303030",  // digits after the padding
      "300D80010181083A303030FFFFFFFF",  // not a digit
      "300C800101810730303030FFFFFF",    // seven octets
      "300A81083030303"
      "0FFFFFFFF",  // no reference
      "300D800101810830303030FFFFFFFF"
      "300D800101810830303030FFFFFFFF",         // twice
      "310D800101810830303030FFFFFFFF",         // not an entry
      "3010800101810830303030FFFFFFFF820102");  // a PUK that is nowhere
  const auto package = with_pins(entries);
  CAPTURE(entries, message(package));
  CHECK(reason(package) == "saip.pin");
  CHECK_THAT(message(package), Contains("pinCodes at offset") && !Contains("3030"));
}

TEST_CASE("bad PUKs are refused and not shown", "[saip][R112]") {
  const std::string entries =
      GENERATE("300D80010A81083131313131313131", "300D8001018108313131313131FFFF",
               "300D80010181083131313131313131300D80010181083131313131313131",
               "300C80010181073131313131313"
               "1",
               "3003800101");
  const auto package = with_puks(entries);
  CAPTURE(entries, message(package));
  CHECK(reason(package) == "saip.puk");
  CHECK_THAT(message(package), Contains("pukCodes at offset") && !Contains("3131"));
}

TEST_CASE("each algorithm with keys of its size provides its service", "[saip]") {
  CHECK(message(with_algorithm("800101810101" + kKey16 + kOpc16, "81008400")) == "");
  CHECK(message(with_algorithm("800103810102" + kKey16 + kOpc16, "81009100")) == "");
  CHECK(message(with_algorithm("800102810101" + kKey16 + "8320" + k32, "81008500")) == "");
  CHECK(message(with_algorithm("800102810101"
                               "8220" +
                                   k32 + "8320" + k32,
                               "81009000")) == "");
  CHECK(reason(with_algorithm("800101810101" + kKey16 + kOpc16, "81009100")) == "saip.service");
}

TEST_CASE("network parameters may be shared with another application", "[saip]") {
  const auto package = validate(join([] {
    auto elements = good_elements();
    elements[0] = header("800102810103830A8944501234567890124F", "8100");
    elements[5] = element(0xA4, 5,
                          "A110A00E"
                          "800101"
                          "8109A00000008710020"
                          "102");
    return elements;
  }()));
  CHECK(message(package) == "");
}

TEST_CASE("bad network parameters are refused, and no key is shown", "[saip][R112]") {
  const std::string fields =
      GENERATE_COPY("810101" + kKey16 + kOpc16, "800101" + kKey16 + kOpc16, "800101810101" + kOpc16,
                    "800101810101" + kKey16, "800100810101" + kKey16 + kOpc16,
                    "800104810101" + kKey16 + kOpc16, "80010181020101" + kKey16 + kOpc16,
                    "800101810101"
                    "8220" +
                        k32 + kOpc16,
                    "800102810101" + kKey16 + kOpc16, "800101810101" + kKey16 + kOpc16 + "840100",
                    "800101810101" + kKey16 + kOpc16 + "850100");
  const auto package = with_algorithm(fields);
  CAPTURE(message(package));
  CHECK(reason(package) == "saip.aka");
  CHECK_THAT(message(package),
             Contains("akaParameter at offset") && !Contains("0001") && !Contains("1011"));
}

TEST_CASE("an element without its contents is refused", "[saip][R112]") {
  CHECK(reason(validate(with(2, element(0xA3, 2, "")))) == "saip.puk");
  CHECK(reason(validate(with(3, element(0xA2, 3, "")))) == "saip.pin");
  CHECK(reason(validate(with(3, element(0xA2, 3, "A100")))) == "saip.pin");
  CHECK(reason(validate(with(5, element(0xA4, 5, "")))) == "saip.aka");
  CHECK(reason(validate(with(5, element(0xA4, 5, "A100")))) == "saip.aka");
}
