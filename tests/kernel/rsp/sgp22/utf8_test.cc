#include "kernel/rsp/sgp22/utf8.h"

#include <catch2/catch.hpp>

namespace berth::rsp::sgp22 {
namespace {

TEST_CASE("well-formed text of one to four octets a character is UTF-8", "[rsp][sgp22]") {
  for (const std::string_view text :
       {"", "plain", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
        "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF",
        "a\xE2\x82\xAC"
        "b"}) {
    CHECK(is_utf8(text));
  }
}

TEST_CASE("overlong, surrogate, too large, stray and cut octets are not UTF-8", "[rsp][sgp22]") {
  for (const std::string_view text :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC2", "\xE2\x82",
        "\xF0\x90\x80", "\xC2\x41", "\xE2\x41\xAC", "\xE2\x82\x41", "\xF0\x90\x80\x41"}) {
    CHECK_FALSE(is_utf8(text));
  }
}

}  // namespace
}  // namespace berth::rsp::sgp22
