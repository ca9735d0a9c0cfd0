#include "tools/sample-profile/identity.h"

#include <catch2/catch.hpp>
#include <set>

using namespace berth;                  // NOLINT: the tests name nearly everything in it
using namespace berth::sample_profile;  // NOLINT

TEST_CASE("eighteen digits get their check digit, others must have the right one",
          "[sample_profile]") {
  CHECK(complete_iccid("893144000000000001")->text() == "8931440000000000014");
  CHECK(complete_iccid("8931440000000000014")->text() == "8931440000000000014");
  CHECK(complete_iccid("89000123456789012341")->text() == "89000123456789012341");
  for (const char* wrong : {"8931440000000000015", "", "89314400000000000", "89314400000000000x",
                            "890001234567890123411", "89000123456789012342"}) {
    INFO(wrong);
    const auto iccid = complete_iccid(wrong);
    REQUIRE_FALSE(iccid);
    CHECK(iccid.error().reason() == "sample_profile.invalid");
  }
}

TEST_CASE("numbered subscribers are distinct, with right check digits", "[sample_profile]") {
  std::set<std::string> iccids;
  for (std::uint64_t number = 0; number < 2'000; ++number) {
    const Iccid iccid = numbered_iccid(number);
    REQUIRE(iccid.luhn_ok());
    REQUIRE(iccid.text().size() == 19);
    iccids.insert(iccid.text());
  }
  CHECK(iccids.size() == 2'000);
  CHECK(numbered_iccid(kMaxNumber).luhn_ok());
  CHECK(numbered_imsi(0) == "001010000000000");
  CHECK(numbered_imsi(kMaxNumber) == "001019999999999");
}
