#include "kernel/vault/gcm.h"

#include <algorithm>
#include <catch2/catch.hpp>

namespace {

using namespace berth;         // NOLINT
using namespace berth::vault;  // NOLINT

template <class Array>
Array array_of(std::string_view hex) {
  Array out{};
  const Bytes octets = *from_hex(hex);
  REQUIRE(octets.size() == out.size());
  std::copy(octets.begin(), octets.end(), out.begin());
  return out;
}

Bytes seal(const GcmKey& key, const GcmNonce& nonce, ByteView aad, ByteView plain) {
  Bytes sealed(plain.size() + kGcmTagSize);
  gcm_seal(key, nonce, aad, plain, sealed);
  return sealed;
}

}  // namespace

// Test cases 13, 14 and 16 of McGrew and Viega, "The Galois/Counter Mode of Operation".
TEST_CASE("AES-256-GCM agrees with its authors' vectors", "[vault]") {
  const GcmKey zero_key{};
  const GcmNonce zero_nonce{};
  CHECK(to_hex(seal(zero_key, zero_nonce, {}, {})) == "530F8AFBC74536B9A963B4F1C4CB738B");
  CHECK(to_hex(seal(zero_key, zero_nonce, {}, Bytes(16, 0))) ==
        "CEA7403D4D606B6E074EC5D3BAF39D18D0D1C8A799996BF0265B98B5D48AB919");
  const auto key =
      array_of<GcmKey>("FEFFE9928665731C6D6A8F9467308308FEFFE9928665731C6D6A8F9467308308");
  const auto nonce = array_of<GcmNonce>("CAFEBABEFACEDBADDECAF888");
  const Bytes aad = *from_hex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2");
  const Bytes plain = *from_hex(
      "D9313225F88406E5A55909C5AFF5269A86A7A9531534F7DA2E4C303D8A318A721C3C0C95956809532FCF0E2449A6"
      "B525B16AEDF5AA0DE657BA637B39");
  CHECK(to_hex(seal(key, nonce, aad, plain)) ==
        "522DC1F099567D07F47F37A32A84427D643A8CDCBFE5C0C97598A2BD2555D1AA8CB08E48590DBB3DA7B08B1056"
        "828"
        "838C5F61E6393BA7A0ABCC9F66276FC6ECE0F4E1768CDDF8853BB2D551B");
}

TEST_CASE("GCM opens what it sealed and nothing else", "[vault]") {
  const GcmKey key{1, 2, 3};
  const GcmNonce nonce{4, 5};
  const Bytes aad = {6};
  const Bytes text = {7, 8, 9, 10};
  const Bytes sealed = seal(key, nonce, aad, text);
  Bytes plain(text.size());
  REQUIRE(gcm_open(key, nonce, aad, sealed, plain));
  CHECK(plain == text);
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    Bytes changed = sealed;
    changed[at] ^= 1;
    plain.assign(text.size(), 0xEE);
    REQUIRE_FALSE(gcm_open(key, nonce, aad, changed, plain));
    REQUIRE(plain == Bytes(text.size(), 0));  // nothing unauthenticated is handed out
  }
  CHECK_FALSE(gcm_open(GcmKey{1, 2, 4}, nonce, aad, sealed, plain));
  CHECK_FALSE(gcm_open(key, GcmNonce{4, 6}, aad, sealed, plain));
  CHECK_FALSE(gcm_open(key, nonce, {}, sealed, plain));
}
