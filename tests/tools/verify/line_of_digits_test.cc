#include "tools/verify/line_of_digits.h"

#include <catch2/catch.hpp>

namespace berth::verify {

TEST_CASE("a line is nobody's until it is painted, and what is painted stays one owner's",
          "[verify]") {
  LineOfDigits line(3);
  CHECK(*line.owner_of("000", "999") == "");
  REQUIRE(line.paint("100", "199", "a"));
  REQUIRE(line.paint("150", "250", "a"));
  REQUIRE(line.paint("990", "999", "b"));
  CHECK(*line.owner_of("100", "250") == "a");
  CHECK(*line.owner_of("000", "099") == "");
  CHECK(*line.owner_of("251", "989") == "");
  CHECK(*line.owner_of("999", "999") == "b");
  CHECK(line.owner_of("099", "100").error().reason() == "verify.cell");
  CHECK(line.owner_of("200", "251").error().reason() == "verify.cell");
  for (const auto& [first, last] : {std::pair("000", "100"), std::pair("120", "130"),
                                    std::pair("250", "260"), std::pair("000", "999")}) {
    CHECK(line.paint(first, last, "c").error().reason() == "verify.overlap");
  }
}

TEST_CASE("what comes after digits has as many, and nothing comes after the last", "[verify]") {
  CHECK(after("000") == "001");
  CHECK(after("099") == "100");
  CHECK(after("999").empty());
}

}  // namespace berth::verify
