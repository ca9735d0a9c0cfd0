#include <catch2/catch.hpp>

#include "tests/kernel/saip/package_support.h"

namespace {

using namespace berth;              // NOLINT: the tests name nearly everything in it
using namespace berth::saip;        // NOLINT
using namespace berth::saip::test;  // NOLINT
using Catch::Contains;

constexpr std::string_view kIccid = "830A8944501234567890124F";

Result<Package> with_header(std::string_view fields) {
  return validate(with(0, rsp::der::tlv(0xA0, hex(fields))));
}

const std::string kTail =
    "A5028100"
    "A6080606"
    "67810F010201";

}  // namespace

TEST_CASE("a header's optional fields are read or tolerated", "[saip]") {
  const auto package = with_header(
      "800103810101"
      "82044E616D65" +
      std::string(kIccid) + "840100" + kTail +
      "870100"
      "A800"
      "A900"
      "8A00");
  INFO(message(package));
  REQUIRE(package);
  CHECK(package->major_version == 3);
  CHECK(package->minor_version == 1);
  CHECK(package->profile_type == "Name");
}

TEST_CASE("a bad header is refused", "[saip][R112]") {
  const auto [fields, slug] = GENERATE(table<std::string, std::string>({
      {"", "saip.header"},
      {"800102" + std::string(kIccid) + kTail, "saip.header"},
      {"800102810103" + kTail, "saip.header"},
      {"800102810103" + std::string(kIccid) +
           "A6080606"
           "67810F010201",
       "saip.header"},
      {"800102810103" + std::string(kIccid) + "A5028100", "saip.header"},
      {"800101810103" + std::string(kIccid) + kTail, "saip.header"},
      {"800104810103" + std::string(kIccid) + kTail, "saip.header"},
      {"80020002810103" + std::string(kIccid) + kTail, "saip.header"},
      {"800102800102810103" + std::string(kIccid) + kTail, "saip.header"},
      {"810103800102" + std::string(kIccid) + kTail, "saip.header"},
      {"8001028101038200" + std::string(kIccid) + kTail, "saip.header"},
      {"800102810103" + std::string(kIccid) +
           "A50381010"
           "0"
           "A6080606"
           "67810F010201",
       "saip.header"},
      {"800102810103" + std::string(kIccid) +
           "A5028100"
           "A6020400",
       "saip.header"},
      {"800102810103"
       "830989445012345678901"
       "2" +
           kTail,
       "saip.iccid"},
      {"800102810103"
       "830A89445012345678901AAF" +
           kTail,
       "saip.iccid"},
      {"800102810103"
       "830AFFFFFFFFFFFFFFFFFFFF" +
           kTail,
       "saip.iccid"},
  }));
  const auto package = with_header(fields);
  CAPTURE(fields, message(package));
  CHECK(reason(package) == slug);
  CHECK_THAT(message(package), Catch::StartsWith("header at offset "));
}
