// A published AES-KW value, and the lengths that it does not take.

#include "tests/plugins/hsm/softkeys/softkeys_fixture.h"

namespace {

using namespace berth::softkeys_test;

constexpr std::uint32_t kBoth = BERTH_KEY_WRAP | BERTH_KEY_UNWRAP;

}  // namespace

TEST_CASE("AES-KW is RFC 3394's", "[softkeys]") {
  // RFC 3394 4.6: 256 bits of key data with a 256-bit key.
  Place place;
  Softkeys hsm(place);
  REQUIRE(hsm.import("rfc3394", spec_of(0, kBoth, "rfc3394"),
                     from_hex("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"))
              .ok());
  Key kek = hsm.key();
  REQUIRE(hsm.open("rfc3394", kek).ok());
  Octets plain = from_hex("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F");
  Octets wrapped;
  REQUIRE(hsm.wrap(kek, BERTH_MECH_AES_KW, "", plain, wrapped).ok());
  CHECK(wrapped == from_hex("28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326"
                            "CBC7F0E71A99F43BFB988B9B7A02DD21"));
  Octets back;
  REQUIRE(hsm.unwrap(kek, BERTH_MECH_AES_KW, "", wrapped, back).ok());
  CHECK(back == plain);
  for (std::size_t length : {0u, 8u, 15u, 17u, 31u}) {
    CHECK(hsm.wrap(kek, BERTH_MECH_AES_KW, "", Octets(length), wrapped).reason ==
          "hsm.wrap_length");
  }
  CHECK(hsm.wrap(kek, BERTH_MECH_AES_KW, "aad", plain, wrapped).reason == "hsm.wrap_length");
}
