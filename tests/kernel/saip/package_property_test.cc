// Hostile packages: whatever stands in one, it is refused or understood, within bounds.

#include <catch2/catch.hpp>
#include <random>

#include "tests/kernel/saip/package_support.h"

namespace {

using namespace berth;              // NOLINT: the tests name nearly everything in it
using namespace berth::saip;        // NOLINT
using namespace berth::saip::test;  // NOLINT

Bytes mutated(Bytes upp, std::mt19937& random) {
  for (std::size_t edits = 1 + random() % 4; edits > 0 && !upp.empty(); --edits) {
    const auto at = static_cast<std::ptrdiff_t>(random() % upp.size());
    switch (random() % 5) {
      case 0:
        upp[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(random());
        break;
      case 1:
        upp[static_cast<std::size_t>(at)] ^= static_cast<std::uint8_t>(1U << (random() % 8));
        break;
      case 2:
        upp.erase(upp.begin() + at);
        break;
      case 3:
        upp.insert(upp.begin() + at, static_cast<std::uint8_t>(random()));
        break;
      default: {
        const std::size_t length = std::min<std::size_t>(random() % 24, upp.size());
        const std::size_t from = random() % (upp.size() - length + 1);
        const Bytes piece(upp.begin() + static_cast<std::ptrdiff_t>(from),
                          upp.begin() + static_cast<std::ptrdiff_t>(from + length));
        upp.insert(upp.begin() + at, piece.begin(), piece.end());
      }
    }
  }
  return upp;
}

// What must hold of a package that was accepted.
void check_invariants(const Package& package, std::size_t size) {
  REQUIRE(package.elements.size() >= 3);
  REQUIRE(package.elements.size() <= kMaxElements);
  REQUIRE(package.elements.front().name == "header");
  REQUIRE(package.elements.back().name == "end");
  std::size_t offset = 0;
  for (const Element& element : package.elements) {
    REQUIRE(element.offset == offset);
    offset += element.size_bytes;
  }
  REQUIRE(offset == size);
  if (package.ef_iccid) REQUIRE(*package.ef_iccid == package.iccid);
}

}  // namespace

TEST_CASE("mutated packages are refused with a reason or hold what a package must",
          "[saip][R112]") {
  const auto seed = GENERATE(1U, 20260507U);
  CAPTURE(seed);
  std::mt19937 random(seed);
  auto elements = good_elements();
  elements.insert(elements.begin() + 5, element(0xB4, 9,
                                                "810667810F010205"
                                                "A50483020A0B"
                                                "A6048302FFFF"));
  const Bytes good = join(elements);
  int accepted = 0;
  for (int round = 0; round < 15'000; ++round) {
    const Bytes upp = mutated(good, random);
    const auto package = validate(upp);
    if (package) {
      ++accepted;
      check_invariants(*package, upp.size());
    } else {
      REQUIRE(package.error().code() == ErrorCode::kInvalidArgument);
      REQUIRE(reason(package).starts_with("saip."));
      REQUIRE(message(package).size() < 300);
    }
  }
  CHECK(accepted > 0);
  CHECK(accepted < 7'500);
}

TEST_CASE("random octets are never a package", "[saip][R112]") {
  std::mt19937 random(99);
  for (int round = 0; round < 10'000; ++round) {
    Bytes upp(random() % 200);
    for (auto& octet : upp) octet = static_cast<std::uint8_t>(random());
    if (!upp.empty() && round % 2 == 0) upp[0] = 0xA0;
    REQUIRE_FALSE(validate(upp));
  }
}

TEST_CASE("a package cut short anywhere is refused", "[saip][R112]") {
  const Bytes good = join(good_elements());
  REQUIRE(validate(good));
  for (std::size_t size = 0; size < good.size(); ++size) {
    REQUIRE_FALSE(validate(ByteView(good).first(size)));
  }
  for (const int more : {0x00, 0xAA, 0xFF}) {
    Bytes longer = good;
    longer.push_back(static_cast<std::uint8_t>(more));
    CHECK_FALSE(validate(longer));
  }
}
