#include "kernel/rsp/pki/public_key.h"

#include <array>
#include <catch2/catch.hpp>

#include "tests/kernel/rsp/pki/certificate_parts.h"
#include "tests/kernel/rsp/sgp22_vectors.h"

namespace berth::rsp::pki {
namespace {

using namespace vectors;

PublicKey p256(std::string_view point) {
  return PublicKey::from_point(Curve::kP256, hex(point)).value();
}

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
  CHECK(p256(kPkDPauth).verify({hex(kServerSigned1)}, hex(kServerSignature1Raw)));
  CHECK(p256(kPkEuicc).verify({hex(kEuiccSigned1)}, hex(kEuiccSignature1Raw)));
  // smdpSignature2 covers the eUICC's signature as an element, in parts as in one.
  CHECK(p256(kPkDPpb).verify({hex(kSmdpSigned2), hex("5F3740"), hex(kEuiccSignature1Raw)},
                             hex(kSmdpSignature2Raw)));
  CHECK_FALSE(
      p256(kPkDPpb).verify({hex(kSmdpSigned2), hex(kEuiccSignature1Raw)}, hex(kSmdpSignature2Raw)));
  CHECK_FALSE(p256(kPkDPpb).verify({hex(kServerSigned1)}, hex(kServerSignature1Raw)));
  CHECK_FALSE(p256(kPkDPauth).verify({hex(kEuiccSigned1)}, hex(kServerSignature1Raw)));
}

TEST_CASE("every signature of the vectors covers what the standard says it covers",
          "[rsp][pki][R22]") {
  const Bytes signature2_tlv = both("5F3740", kSmdpSignature2Raw);
  CHECK(p256(kPkDPpb).verify({hex(kSmdpSignature2Tbs)}, hex(kSmdpSignature2Raw)));
  CHECK(p256(kPkEuicc).verify({hex(kEuiccSigned2), signature2_tlv}, hex(kEuiccSignature2Raw)));
  CHECK(p256(kPkDPpb).verify({hex(kSmdpSignTbs)}, hex(kSmdpSignRaw)));
  CHECK(p256(kPkEuicc).verify({hex(kPirDataBf27)}, hex(kEuiccSignPirRaw)));
  const Bytes cancel = hex(kCancelSessionResponseBf41);
  CHECK(p256(kPkEuicc).verify({hex(kEuiccCancelSessionSigned)}, ByteView(cancel).last(64)));
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
  const std::string r(kServerSignature1Raw.substr(0, 64));
  const std::string s(kServerSignature1Raw.substr(64));
  const auto brainpool = PublicKey::from_point(Curve::kBrainpoolP256r1, hex(kBrainpoolPoint));
  for (const auto& [key, order] : {std::pair(p256(kPkDPauth), std::string(kOrderP256)),
                                   std::pair(*brainpool, std::string(kOrderBrainpool))}) {
    for (const std::string& bad_r : {zero, one, order, all_ones, r}) {
      for (const std::string& bad_s : {zero, one, order, all_ones, r}) {
        INFO(bad_r << bad_s);
        CHECK_FALSE(key.verify({message}, both(bad_r, bad_s)));
      }
    }
  }
  CHECK_FALSE(p256(kPkDPauth).verify({message}, both(s, r)));
  CHECK_FALSE(p256(kPkDPauth).verify({message}, both(r, zero)));
  CHECK_FALSE(p256(kPkDPauth).verify({}, hex(kServerSignature1Raw)));
}

TEST_CASE("a raw signature is 64 octets and nothing else", "[rsp][pki][R22]") {
  const PublicKey key = p256(kPkDPauth);
  const Bytes signature = hex(kServerSignature1Raw);
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
  const PublicKey key = p256(kPkDPauth);
  const Bytes message = hex(kServerSigned1);
  const std::string r = "022100" + std::string(kServerSignature1Raw.substr(0, 64));
  const std::string s = "0220" + std::string(kServerSignature1Raw.substr(64));
  CHECK(key.verify_der(message, hex("3045" + r + s)));
  const std::string tail(kServerSignature1Raw.substr(64));
  for (const std::string& bad :
       {"3046" + r + s + "00", "3045" + r + s + "00", "308145" + r + s,
        "3046" + r + "022100" + tail, "3044" + ("0220" + r.substr(6)) + s, "3047" + r + s + "0500",
        "3023" + r, "3180" + r + s + "0000", std::string(kServerSignature1Raw),
        std::string("3006020100020100"), std::string("30060201010201FF"), std::string("3000"),
        std::string()}) {
    INFO(bad);
    CHECK_FALSE(key.verify_der(message, hex(bad)));
  }
}

TEST_CASE("only an uncompressed point on the curve is a key", "[rsp][pki][R22]") {
  const Bytes good = hex(kPkDPauth);
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
