#include "tools/berthctl/usage.h"

#include <array>
#include <catch2/catch.hpp>

using namespace berth::berthctl;

TEST_CASE("nothing but white space is blank", "[berthctl]") {
  for (const char* text : {"", " ", "\t\r\n", " \v\f "}) CHECK(is_blank(text));
  for (const char* text : {"0", " x ", "-"}) CHECK_FALSE(is_blank(text));
}

TEST_CASE("a whole number is decimal digits that fit", "[berthctl]") {
  CHECK(whole_number("0") == 0);
  CHECK(whole_number("010") == 10);  // never octal
  CHECK(whole_number("9223372036854775807") == INT64_MAX);
  for (const char* text :
       {"", " 1", "1 ", "-1", "+1", "1.5", "1e3", "0x10", "9223372036854775808"}) {
    INFO(text);
    CHECK_FALSE(whole_number(text));
  }
}

TEST_CASE("an option that ends in = is found, one with a value is not", "[berthctl]") {
  const std::array with{"berthctl", "order", "--id=x=", "--confirmation-code=", "--qr"};
  CHECK(option_without_value(static_cast<int>(with.size()), with.data()) == "--confirmation-code");
  const std::array without{"berthctl", "--id=x", "--", "=", "--json"};
  CHECK_FALSE(option_without_value(static_cast<int>(without.size()), without.data()));
}
