#include "kernel/saip/package.h"

#include <catch2/catch.hpp>

#include "tests/kernel/saip/package_support.h"

namespace {

using namespace berth;              // NOLINT: the tests name nearly everything in it
using namespace berth::saip;        // NOLINT
using namespace berth::saip::test;  // NOLINT
using Catch::Contains;

}  // namespace

TEST_CASE("a package tells its versions, identities and elements", "[saip]") {
  const Bytes upp = join(good_elements());
  const auto package = validate(upp);
  INFO(message(package));
  REQUIRE(package);
  CHECK(package->major_version == 2);
  CHECK(package->minor_version == 3);
  CHECK(package->profile_type.empty());
  CHECK(package->iccid.text() == "8944501234567890124");
  CHECK(package->ef_iccid->text() == "8944501234567890124");
  CHECK(package->imsi == "001010123453660");
  CHECK_FALSE(package->gid1_hex);
  CHECK(package->mandatory_services == std::vector<std::string>{"usim", "milenage"});
  REQUIRE(package->elements.size() == 7);
  CHECK(package->elements[0].name == "header");
  CHECK_FALSE(package->elements[0].identification);
  CHECK(package->elements[4].name == "usim");
  CHECK(package->elements[4].identification == 4U);
  CHECK(package->elements[4].mandated);
  std::size_t offset = 0;
  for (const Element& element : package->elements) {
    CHECK(element.offset == offset);
    offset += element.size_bytes;
  }
  CHECK(offset == upp.size());
}

TEST_CASE("elements in a wrong order are refused with element and offset", "[saip][R112]") {
  const auto refused = [](std::vector<Bytes> elements, const std::string& text) {
    const auto package = validate(join(elements));
    INFO(text);
    CHECK(reason(package) == "saip.order");
    CHECK_THAT(message(package), Contains(text));
  };
  auto elements = good_elements();
  const std::size_t mf_offset = elements[0].size();
  std::swap(elements[0], elements[1]);
  refused(elements, "mf at offset 0: the header must come first");
  elements = good_elements();
  elements.insert(elements.begin() + 1, header());
  refused(elements, "header at offset " + std::to_string(mf_offset) + ": a second header");
  elements = good_elements();
  elements.pop_back();
  refused(elements, "without its end element");
  elements = good_elements();
  elements.push_back(element(0xAA, 9, ""));
  refused(elements, "follows the end element");
  elements = good_elements();
  elements.insert(elements.begin() + 2, element(0xB0, 9, kMfFiles));
  refused(elements, "a second master file");
  elements = good_elements();
  elements.erase(elements.begin() + 1);
  refused(elements, "no master file before it");
  elements = good_elements();
  std::swap(elements[4], elements[5]);
  refused(elements, "akaParameter at offset");
  elements = good_elements();
  elements.insert(elements.begin() + 4, element(0xB4, 9, "810667810F010205"));
  refused(elements, "must follow usim");
  elements = good_elements();
  elements.insert(elements.begin() + 4, element(0xB6, 9, "810667810F010209"));
  refused(elements, "must follow isim");
}

TEST_CASE("an identification that stands twice, misses or is too large is refused",
          "[saip][R112]") {
  CHECK_THAT(message(validate(with(3, element(0xA2, 2, kPins)))),
             Contains("pinCodes at offset") && Contains("identification 2"));
  const auto header_is = [](std::string_view own) {
    return reason(validate(with(6, rsp::der::tlv(0xAA, hex(own)))));
  };
  CHECK(header_is("") == "saip.identification");
  CHECK(header_is("A0028000") == "saip.identification");
  CHECK(header_is("A00681040000FFFF") == "saip.identification");
  CHECK(header_is("A0058103008000") == "saip.identification");
  CHECK(header_is("A00680010181017F") == "saip.identification");
  CHECK(header_is("810106") == "saip.identification");
  CHECK(header_is("A00481027FFF") == "");
}

TEST_CASE("a service that the header demands must be used", "[saip][R112]") {
  const auto with_services = [](std::string_view services) {
    return validate(with(0, header("800102810103830A8944501234567890124F", services)));
  };
  CHECK(with_services(""));
  CHECK(with_services("810084008B009500"));
  for (const char* unused :
       {"8200", "8300", "8500", "8600", "8A00", "9000", "9100", "8D00", "88008400"}) {
    INFO(unused);
    const auto package = with_services(unused);
    CHECK(reason(package) == "saip.service");
  }
  CHECK_THAT(message(with_services("81009100")), Contains("usim-test-algorithm"));
}

TEST_CASE("elements nobody knows are refused", "[saip][R112]") {
  for (const rsp::der::Tag tag : {0xABU, 0xAFU, 0xBF22U, 0x30U, 0x04U}) {
    auto elements = good_elements();
    elements.insert(elements.begin() + 5, element(tag, 9, ""));
    CHECK(reason(validate(join(elements))) == "saip.unknown_element");
  }
}

TEST_CASE("sizes and counts are bounded", "[saip][R112]") {
  CHECK(reason(validate({})) == "saip.malformed");
  CHECK(reason(validate(Bytes(kMaxPackageSize + 1))) == "saip.too_large");
  auto elements = good_elements();
  const Bytes end = elements.back();
  elements.pop_back();
  while (elements.size() < kMaxElements - 1) {
    const auto number = static_cast<std::uint16_t>(1000 + elements.size());
    const Bytes id = {static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
    elements.push_back(
        rsp::der::tlv(0xA9, {rsp::der::tlv(0xA0, rsp::der::tlv(0x81, id)), hex("81012A820100")}));
  }
  elements.push_back(end);
  CHECK(message(validate(join(elements))) == "");
  elements.insert(elements.end() - 1, element(0xA9, 99, ""));
  CHECK(reason(validate(join(elements))) == "saip.too_large");
}
