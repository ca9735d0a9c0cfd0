#include "kernel/tenancy/digit_ranges.h"

#include <catch2/catch.hpp>
#include <random>

namespace {

using namespace berth::tenancy;  // NOLINT: the tests name nearly everything in it

DigitRange range(const char* first, const char* last) {
  return {Digits::of(first), Digits::of(last)};
}

}  // namespace

TEST_CASE("digits keep their number, their zeros and their order", "[tenancy]") {
  for (const char* text : {"0", "00", "310410", "31041", "9999999999999999", "00000000000000000",
                           "89049032000000000000000000000001", "12345678901234567890"}) {
    CHECK(Digits::of(text).text() == text);
  }
  CHECK(Digits::of("310410") != Digits::of("31041"));
  CHECK(Digits::of("99") < Digits::of("000"));
  CHECK(Digits::of("89049032000000000000000000000001") <
        Digits::of("89049032000000010000000000000000"));
}

TEST_CASE("neighbours of digits step over the word's edge and end where the digits end",
          "[tenancy]") {
  CHECK(Digits::of("00000000000000009999999999999999").next()->text() ==
        "00000000000000010000000000000000");
  CHECK(Digits::of("00000000000000010000000000000000").previous()->text() ==
        "00000000000000009999999999999999");
  for (const std::size_t size : {1, 6, 15, 16, 17, 20, 32}) {
    CHECK_FALSE(Digits::of(std::string(size, '9')).next());
    CHECK_FALSE(Digits::of(std::string(size, '0')).previous());
    CHECK(Digits::of(std::string(size, '0')).next()->text() == std::string(size - 1, '0') + "1");
  }
}

TEST_CASE("a prefix is the range of all that begins with it", "[tenancy]") {
  const DigitRange prefix = DigitRange::of_prefix("89", 6);
  CHECK(prefix == range("890000", "899999"));
  CHECK(prefix.covers(Digits::of("894567")));
  CHECK_FALSE(prefix.covers(Digits::of("900000")));
  CHECK_FALSE(prefix.covers(Digits::of("89456")));
}

TEST_CASE("ranges of two owners that are equal, nested or crossing are told with both",
          "[tenancy]") {
  const auto [left, right] = GENERATE(table<DigitRange, DigitRange>({
      {range("100", "199"), range("100", "199")},
      {range("100", "199"), range("120", "130")},
      {range("100", "199"), range("199", "250")},
      {range("100", "199"), range("050", "100")},
      {range("100", "199"), range("150", "150")},
  }));
  RangeIndex index;
  const auto overlap = index.build(
      {{range("300", "400"), 1, 0}, {left, 1, 1}, {range("000", "010"), 2, 0}, {right, 2, 1}});
  REQUIRE(overlap);
  CHECK(overlap->left.owner != overlap->right.owner);
  CHECK(overlap->left.range.meets(overlap->right.range));
  CHECK(index.ranges().empty());
}

TEST_CASE("random ranges are found as a walk over all of them finds them", "[tenancy][R45]") {
  const auto seed = GENERATE(1U, 77U, 20261123U);
  CAPTURE(seed);
  std::mt19937 random(seed);
  int built = 0;
  for (int round = 0; round < 400; ++round) {
    std::vector<OwnedRange> ranges;
    for (std::uint32_t i = 1 + random() % 8; i > 0; --i) {
      const auto first = static_cast<std::uint32_t>(random() % 900);
      const auto last = static_cast<std::uint32_t>(first + random() % 60);
      ranges.push_back({range(std::to_string(1000 + first).substr(1).c_str(),
                              std::to_string(1000 + std::min(last, 999U)).substr(1).c_str()),
                        static_cast<std::uint32_t>(random() % 3), i});
    }
    const bool expected = std::none_of(ranges.begin(), ranges.end(), [&](const auto& left) {
      return std::any_of(ranges.begin(), ranges.end(), [&](const auto& right) {
        return left.owner != right.owner && left.range.meets(right.range);
      });
    });
    RangeIndex index;
    REQUIRE(!index.build(ranges) == expected);
    if (!expected) continue;
    ++built;
    for (int number = 0; number < 1000; ++number) {
      const Digits digits = Digits::of(std::to_string(1000 + number).substr(1));
      const auto naive = std::find_if(ranges.begin(), ranges.end(), [&](const auto& owned) {
        return owned.range.covers(digits);
      });
      const OwnedRange* found = index.find(digits);
      REQUIRE((found == nullptr) == (naive == ranges.end()));
      if (found != nullptr) REQUIRE(found->owner == naive->owner);
    }
  }
  CHECK(built > 20);
}
