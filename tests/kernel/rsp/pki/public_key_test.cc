#include "kernel/rsp/pki/public_key.h"

#include <array>
#include <catch2/catch.hpp>

#include "tests/kernel/rsp/pki/certificate_parts.h"

namespace berth::rsp::pki {
namespace {

using test::hex;

PublicKey p256(std::string_view point) {
  return PublicKey::from_point(Curve::kP256, hex(point)).value();
}

// SGP.22 vectors made by an independent implementation.
constexpr std::string_view kDpAuth =
    "045B36890DACBD7C9A96BB74A1EE28B3D2D75B72E09A20EF25CF8E6FD8A9F0350D0E14BED8D4682A34D83538BDFF5B"
    "96E89A6666EC0DB5745D02FA1210072DF75A";
constexpr std::string_view kDpPb =
    "0457E977F6DB7E33C3FE7ACF2842ED987009CAF56D458682FCA447B7D3D762AB34C5AB3770BA573BDFF5414065640F"
    "FB5B346DFA84DEC4DB4D68E5F59CC471C2EC";
constexpr std::string_view kEuicc =
    "0451A7580833898EA1B183CBD7350A4099078C6EF1C1E18E970CD7683035F25E7D0110522712B0B5A7CFF081685486"
    "984A94E6831EDAC46E7360FA9D834A7A81A1";
constexpr std::string_view kServerSigned1 =
    "30518010000102030405060708090A0B0C0D0E0F8110A0A1A2A3A4A5A6A7A8A9AAABACADAEAF831974657374736D64"
    "70706C7573312E6578616D706C652E636F6D8410B0B1B2B3B4B5B6B7B8B9BABBBCBDBEBF";
constexpr std::string_view kServerSignature1 =
    "EF345C9688F325A320BC6CE49998ECA41979A26026E7A4A2618A471E1CCFAA65262EBE50D976A2CE1A474DD8A612DA"
    "99A5C9C148C2603E3504483D4667E182A3";
constexpr std::string_view kEuiccSigned1 =
    "3081D08010000102030405060708090A0B0C0D0E0F831974657374736D6470706C7573312E6578616D706C652E636F"
    "6D8410B0B1B2B3B4B5B6B7B8B9BABBBCBDBEBFBF2277810302030182030205008303010203840D8101008204000400"
    "00830220008505067F36F7C08603090200870302030088020490A9160414F54172BDF98A95D65CBEB88A38A1C11D80"
    "0A85C3AA160414F54172BDF98A95D65CBEB88A38A1C11D800A85C304030100000C0D544553542D5341532D30303031"
    "A0158009414231322D43443334A108800435290611A100";
constexpr std::string_view kEuiccSignature1 =
    "2A8FEC48CC7B73FD99DC38967FD88F3768EDB94DD0BD1032E0E06C068BB95DC5C1DC97D8D4C565FE45B1221503A3B8"
    "3E1B218C1E19EBBACBE2D164BA6C20B9FB";
constexpr std::string_view kSmdpSigned2 = "30158010000102030405060708090A0B0C0D0E0F0101FF";
constexpr std::string_view kSmdpSignature2 =
    "0E29DF7A24EFC1EEED1A77CFC70AF6AAC29829C52DB6599542C02B3A09042290E7FC36F8B4888AD2E9A2D516B37D0A"
    "5A4C54ACACE23E69AA851072DA2F4DE2C8";

// Orders of the two groups.
constexpr std::string_view kOrderP256 =
    "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";
constexpr std::string_view kOrderBrainpool =
    "A9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7";

// A message and its signature with brainpoolP256r1, made by the openssl command.
constexpr std::string_view kBrainpoolPoint =
    "047B421A4D906A3D55CEFDC15A1286EC05F33BF11CF406DA2C062DCD035626E61C86A1446875B18B16332135F5BC98"
    "3C3256AC0E2D16204C13F956334BF2802B27";
constexpr std::string_view kBrainpoolSignature =
    "93807F30D72C4D1F120A570E7939E49090B4BFCAC2795907265471940A8A09F5585035374C3515D761F545606F34C3"
    "D76AFF54115C1C530CC3EF6207BAAD5195";

Bytes both(std::string_view first, std::string_view second) {
  Bytes joined = hex(first);
  append(joined, hex(second));
  return joined;
}

}  // namespace

TEST_CASE("published signatures of SGP.22 messages verify", "[rsp][pki][R22]") {
  CHECK(p256(kDpAuth).verify({hex(kServerSigned1)}, hex(kServerSignature1)));
  CHECK(p256(kEuicc).verify({hex(kEuiccSigned1)}, hex(kEuiccSignature1)));
  // smdpSignature2 covers the eUICC's signature as an element, in parts as in one.
  CHECK(p256(kDpPb).verify({hex(kSmdpSigned2), hex("5F3740"), hex(kEuiccSignature1)},
                           hex(kSmdpSignature2)));
  CHECK_FALSE(p256(kDpPb).verify({hex(kSmdpSigned2), hex(kEuiccSignature1)}, hex(kSmdpSignature2)));
  CHECK_FALSE(p256(kDpPb).verify({hex(kServerSigned1)}, hex(kServerSignature1)));
  CHECK_FALSE(p256(kDpAuth).verify({hex(kEuiccSigned1)}, hex(kServerSignature1)));
}

TEST_CASE("a brainpool signature verifies", "[rsp][pki][R22]") {
  const auto key = PublicKey::from_point(Curve::kBrainpoolP256r1, hex(kBrainpoolPoint));
  REQUIRE(key.ok());
  const Bytes message = to_bytes(as_bytes("an SGP.22 message"));
  CHECK(key->verify({message}, hex(kBrainpoolSignature)));
  CHECK_FALSE(key->verify({ByteView(message).first(16)}, hex(kBrainpoolSignature)));
  CHECK_FALSE(PublicKey::from_point(Curve::kP256, hex(kBrainpoolPoint)).ok());
}

TEST_CASE("degenerate signatures never verify", "[rsp][pki][R22]") {
  const Bytes message = hex(kServerSigned1);
  const std::string zero(64, '0');
  const std::string one = std::string(63, '0') + '1';
  const std::string all_ones(64, 'F');
  const std::string r(kServerSignature1.substr(0, 64));
  const std::string s(kServerSignature1.substr(64));
  const auto brainpool = PublicKey::from_point(Curve::kBrainpoolP256r1, hex(kBrainpoolPoint));
  for (const auto& [key, order] : {std::pair(p256(kDpAuth), std::string(kOrderP256)),
                                   std::pair(*brainpool, std::string(kOrderBrainpool))}) {
    for (const std::string& bad_r : {zero, one, order, all_ones, r}) {
      for (const std::string& bad_s : {zero, one, order, all_ones, r}) {
        INFO(bad_r << bad_s);
        CHECK_FALSE(key.verify({message}, both(bad_r, bad_s)));
      }
    }
  }
  CHECK_FALSE(p256(kDpAuth).verify({message}, both(s, r)));
  CHECK_FALSE(p256(kDpAuth).verify({message}, both(r, zero)));
  CHECK_FALSE(p256(kDpAuth).verify({}, hex(kServerSignature1)));
}

TEST_CASE("a raw signature is 64 octets and nothing else", "[rsp][pki][R22]") {
  const PublicKey key = p256(kDpAuth);
  const Bytes signature = hex(kServerSignature1);
  for (const std::size_t size : {0UL, 1UL, 32UL, 63UL, 65UL, 128UL}) {
    Bytes other = signature;
    other.resize(size);
    CHECK_FALSE(key.verify({hex(kServerSigned1)}, other));
  }
  for (std::size_t at = 0; at < signature.size(); ++at) {
    Bytes changed = signature;
    changed[at] ^= 0x01;
    CHECK_FALSE(key.verify({hex(kServerSigned1)}, changed));
  }
}

TEST_CASE("a DER signature is strict", "[rsp][pki][R22]") {
  const PublicKey key = p256(kDpAuth);
  const Bytes message = hex(kServerSigned1);
  const std::string r = "022100" + std::string(kServerSignature1.substr(0, 64));
  const std::string s = "0220" + std::string(kServerSignature1.substr(64));
  CHECK(key.verify_der(message, hex("3045" + r + s)));
  const std::string tail(kServerSignature1.substr(64));
  for (const std::string& bad :
       {"3046" + r + s + "00", "3045" + r + s + "00", "308145" + r + s,
        "3046" + r + "022100" + tail, "3044" + ("0220" + r.substr(6)) + s, "3047" + r + s + "0500",
        "3023" + r, "3180" + r + s + "0000", std::string(kServerSignature1),
        std::string("3006020100020100"), std::string("30060201010201FF"), std::string("3000"),
        std::string()}) {
    INFO(bad);
    CHECK_FALSE(key.verify_der(message, hex(bad)));
  }
}

TEST_CASE("only an uncompressed point on the curve is a key", "[rsp][pki][R22]") {
  const Bytes good = hex(kDpAuth);
  REQUIRE(PublicKey::from_point(Curve::kP256, good).ok());
  CHECK(PublicKey::from_point(Curve::kP256, good)->point() == good);
  const auto reason = [](Curve curve, ByteView point) {
    const auto key = PublicKey::from_point(curve, point);
    return key ? "good" : std::string(key.error().reason());
  };
  CHECK(reason(Curve::kBrainpoolP256r1, good) == "pki.bad_point");
  for (const std::size_t at : {1UL, 20UL, 40UL, 64UL}) {
    Bytes off = good;
    off[at] ^= 1;
    CHECK(reason(Curve::kP256, off) == "pki.bad_point");
  }
  Bytes x_too_large = good;
  std::fill_n(x_too_large.begin() + 1, 32, std::uint8_t{0xFF});
  CHECK(reason(Curve::kP256, x_too_large) == "pki.bad_point");
  CHECK(reason(Curve::kP256, hex("00")) == "pki.bad_point");
  CHECK(reason(Curve::kP256, {}) == "pki.bad_point");
  CHECK(reason(Curve::kP256, ByteView(good).first(64)) == "pki.bad_point");
  CHECK(reason(Curve::kP256, Bytes(65, 0x00)) == "pki.bad_point");
  Bytes compressed(good.begin(), good.begin() + 33);
  compressed[0] = 0x02;
  CHECK(reason(Curve::kP256, compressed) == "pki.bad_point");
  for (const int form : {0x00, 0x02, 0x06, 0x07}) {
    Bytes other = good;
    other[0] = static_cast<std::uint8_t>(form);
    CHECK(reason(Curve::kP256, other) == "pki.bad_point");
  }
  Bytes origin(65, 0);
  origin[0] = 0x04;
  CHECK(reason(Curve::kP256, origin) == "pki.bad_point");
  CHECK(reason(Curve{}, good) == "pki.bad_point");
}

}  // namespace berth::rsp::pki
