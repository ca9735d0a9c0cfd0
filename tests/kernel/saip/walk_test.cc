#include "kernel/saip/walk.h"

#include <catch2/catch.hpp>

#include "tests/kernel/saip/package_support.h"

namespace {

using namespace berth;              // NOLINT: the tests name nearly everything in it
using namespace berth::saip;        // NOLINT
using namespace berth::saip::test;  // NOLINT
using Catch::Contains;

Bytes nested(std::size_t depth) {
  Bytes value;
  for (std::size_t i = 0; i < depth; ++i) value = rsp::der::tlv(0x30, value);
  return value;
}

}  // namespace

TEST_CASE("a refusal names the element and where in the package the fault lies", "[saip][R112]") {
  const Bytes package =
      hex("A003800100"
          "B003810200");
  const Place place{package, "mf"};
  const auto inner = children(place, ByteView(package).subspan(7));
  REQUIRE_FALSE(inner);
  CHECK(inner.error().reason() == "saip.malformed");
  CHECK_THAT(inner.error().message(), Catch::StartsWith("mf at offset 7: "));
}

TEST_CASE("nesting is bounded", "[saip][R112]") {
  const auto check = [](const Bytes& value) {
    const Place place{value, "rfm"};
    return check_der(place, *rsp::der::parse_single(value, 0x30));
  };
  CHECK(check(nested(kMaxDepth)));
  CHECK_FALSE(check(nested(kMaxDepth + 1)));
  CHECK_FALSE(check(nested(5'000)));
}

TEST_CASE("values that are not DER are found at any depth of any element", "[saip][R112]") {
  // A long-form length inside an application's installation parameters.
  auto elements = good_elements();
  elements.insert(elements.begin() + 5, element(0xA6, 9,
                                                "A106"
                                                "EA04"
                                                "80810100"));
  CHECK(reason(validate(join(elements))) == "saip.malformed");
  CHECK_THAT(message(validate(join(elements))), Contains("securityDomain at offset"));
}
