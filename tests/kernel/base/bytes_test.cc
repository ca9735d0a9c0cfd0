#include "kernel/base/bytes.h"

#include <array>
#include <catch2/catch.hpp>
#include <random>

namespace {

using berth::Bytes;

std::string reason_of(const berth::Result<Bytes>& result) {
  return result ? "" : std::string(result.error().reason());
}

}  // namespace

TEST_CASE("hexadecimal is written in upper case and read in either", "[base]") {
  const Bytes octets = {0x00, 0x0F, 0xA5, 0xFF};
  CHECK(berth::to_hex(octets) == "000FA5FF");
  CHECK(*berth::from_hex("000fa5Ff") == octets);
  CHECK(berth::from_hex("")->empty());
}

TEST_CASE("hexadecimal of odd length or with another character is refused", "[base]") {
  for (const char* bad : {"0", "000", "0G", "0x", " 0", "0 ", "-1", "+1", "\xC3\xA9"}) {
    INFO(bad);
    CHECK(reason_of(berth::from_hex(bad)) == "hex.invalid");
  }
  CHECK(reason_of(berth::from_hex(std::string_view("0\0", 2))) == "hex.invalid");
}

TEST_CASE("base64 agrees with the vectors of RFC 4648", "[base]") {
  const std::array<std::pair<const char*, const char*>, 7> vectors = {{{"", ""},
                                                                       {"f", "Zg=="},
                                                                       {"fo", "Zm8="},
                                                                       {"foo", "Zm9v"},
                                                                       {"foob", "Zm9vYg=="},
                                                                       {"fooba", "Zm9vYmE="},
                                                                       {"foobar", "Zm9vYmFy"}}};
  for (const auto& [plain, encoded] : vectors) {
    INFO(encoded);
    CHECK(berth::to_base64(berth::as_bytes(plain)) == encoded);
    CHECK(berth::as_text(*berth::from_base64(encoded)) == plain);
  }
  CHECK(berth::to_base64(Bytes{0xFB, 0xFF}) == "+/8=");
}

TEST_CASE("base64 with the line breaks of real servers is read", "[base]") {
  CHECK(berth::as_text(*berth::from_base64("Zm9v\r\nYm Fy\n")) == "foobar");
  CHECK(berth::as_text(*berth::from_base64("Zg=\n=")) == "f");
  CHECK(berth::from_base64(" \r\n")->empty());
}

TEST_CASE("base64 that is not exactly one encoding of its octets is refused", "[base]") {
  for (const char* bad :
       {"Z", "Zg", "Zg=", "Zg===", "Zm8", "Zm8==", "Zm9v=", "Zm9vY", "=", "====", "Zg==Zg==",
        "Zh==",  // spare bits of the last digit are not zero
        "Zm9=", "Zm9v-", "_m9v", "Zm\t9v", "Zm9v*", "Zm9\xC3"}) {
    INFO(bad);
    CHECK(reason_of(berth::from_base64(bad)) == "base64.invalid");
  }
}

TEST_CASE("random octets survive both text forms", "[base]") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 generator(seed);
  for (int round = 0; round < 500; ++round) {
    Bytes octets(generator() % 200);
    for (auto& octet : octets) octet = static_cast<std::uint8_t>(generator());
    REQUIRE(*berth::from_hex(berth::to_hex(octets)) == octets);
    REQUIRE(*berth::from_base64(berth::to_base64(octets)) == octets);
  }
}

TEST_CASE("random text never yields octets whose encoding it is not", "[base]") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 generator(seed);
  constexpr std::string_view kPool = "ABab01+/==";
  int accepted = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (auto left = generator() % 9; left > 0; --left) text += kPool[generator() % kPool.size()];
    const auto octets = berth::from_base64(text);
    if (!octets) continue;
    ++accepted;
    REQUIRE(berth::to_base64(*octets) == text);
  }
  CHECK(accepted > 0);
}

TEST_CASE("comparison in constant time gives the plain answer", "[base]") {
  const Bytes left = {1, 2, 3};
  CHECK(berth::equal_constant_time(left, Bytes{1, 2, 3}));
  CHECK_FALSE(berth::equal_constant_time(left, Bytes{1, 2, 4}));
  CHECK_FALSE(berth::equal_constant_time(left, Bytes{0, 2, 3}));
  CHECK_FALSE(berth::equal_constant_time(left, Bytes{1, 2}));
  CHECK_FALSE(berth::equal_constant_time(left, {}));
  CHECK(berth::equal_constant_time({}, {}));
  CHECK(berth::equal(left, Bytes{1, 2, 3}));
  CHECK_FALSE(berth::equal(left, Bytes{1, 2}));
}

TEST_CASE("octets are appended in order", "[base]") {
  Bytes target = {1};
  berth::append(target, Bytes{2, 3});
  berth::append(target, {});
  CHECK(target == Bytes{1, 2, 3});
  CHECK(berth::to_bytes(berth::as_bytes("a")) == Bytes{'a'});
}
