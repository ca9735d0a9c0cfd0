#include "kernel/plugins/printable.h"

#include <catch2/catch.hpp>
#include <random>

using berth::plugins::printable;

TEST_CASE("ordinary text in any script is kept", "[plugins]") {
  for (const char* text : {"", "plain", "Schl\xC3\xBCssel", "\xE9\x8D\xB5", "\xF0\x9F\x94\x91"}) {
    CHECK(printable(text, 100) == text);
  }
}

TEST_CASE("what could forge a line or steer a terminal is escaped", "[plugins]") {
  CHECK(printable("a\nb\r\t", 100) == "a\\x0Ab\\x0D\\x09");
  CHECK(printable("\x1B[2J\x7F", 100) == "\\x1B[2J\\x7F");
  CHECK(printable(std::string_view("a\0b", 3), 100) == "a\\x00b");
  CHECK(printable("\xC2\x9B", 100) == "\\xC2\\x9B");           // C1 control sequence introducer
  CHECK(printable("\xE2\x80\xA8", 100) == "\\xE2\\x80\\xA8");  // line separator
  CHECK(printable("\xE2\x80\xAE", 100) == "\\xE2\\x80\\xAE");  // right-to-left override
}

TEST_CASE("octets that are not UTF-8 are escaped", "[plugins]") {
  CHECK(printable("\x80", 100) == "\\x80");
  CHECK(printable("\xC0\x80", 100) == "\\xC0\\x80");
  CHECK(printable("\xE0\x80\x80", 100) == "\\xE0\\x80\\x80");
  CHECK(printable("\xED\xA0\x80", 100) == "\\xED\\xA0\\x80");
  CHECK(printable("\xF4\x90\x80\x80", 100) == "\\xF4\\x90\\x80\\x80");
  CHECK(printable("\xC3", 100) == "\\xC3");
  CHECK(printable("\xE9\x8D", 100) == "\\xE9\\x8D");
}

TEST_CASE("the limit holds whatever the text", "[plugins]") {
  CHECK(printable("12345", 5) == "12345");
  CHECK(printable("123456", 5) == "12\u2026");
  CHECK(printable("123456", 0).empty());
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 generator(seed);
  for (int round = 0; round < 3000; ++round) {
    std::string text(generator() % 60, '\0');
    for (char& c : text) c = static_cast<char>(generator());
    const std::size_t limit = generator() % 80;
    const std::string shown = printable(text, limit);
    REQUIRE(shown.size() <= limit);
    for (const char c : shown) REQUIRE((static_cast<unsigned char>(c) >= 0x20 && c != 0x7F));
  }
}
