#include "tools/testpki/key_pair.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "kernel/rsp/pki/public_key.h"

namespace berth::testpki {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }
constexpr std::string_view kOrderP256 =
    "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";

}  // namespace

TEST_CASE("a scalar gives the published point", "[testpki][R22]") {
  const auto p256 = key_from_scalar(Curve::kP256, Bytes(32, 0x44));
  REQUIRE(p256.ok());
  CHECK(to_hex(p256->point) ==
        "045B36890DACBD7C9A96BB74A1EE28B3D2D75B72E09A20EF25CF8E6FD8A9F0350D0E14BED8D4682A34D83538BD"
        "FF5B96E89A6666EC0DB5745D02FA1210072DF75A");
  const auto brainpool = key_from_scalar(Curve::kBrainpoolP256r1, Bytes(32, 0x11));
  REQUIRE(brainpool.ok());
  CHECK(to_hex(brainpool->point) ==
        "040117A18051447117D2D529054EF0136E8FF6BD2602F2F8ABA5AB3D74E72AAA7060BC4EFA21F12BF007EE36DA"
        "E9720975E2F54CDA9CEB403A241FA977124B1AA2");
}

TEST_CASE("a scalar is 32 octets from 1 to the order less 1", "[testpki]") {
  Bytes last = hex(kOrderP256);
  CHECK_FALSE(key_from_scalar(Curve::kP256, last).ok());
  last.back() -= 1;
  CHECK(key_from_scalar(Curve::kP256, last).ok());
  CHECK_FALSE(key_from_scalar(Curve::kBrainpoolP256r1, last).ok());
  CHECK_FALSE(key_from_scalar(Curve::kP256, Bytes(32, 0)).ok());
  CHECK_FALSE(key_from_scalar(Curve::kP256, Bytes(31, 1)).ok());
  CHECK(key_from_scalar(Curve::kP256, Bytes(33, 1)).error().reason() == "testpki.bad_key");
}

TEST_CASE("signatures verify, and keys survive PEM", "[testpki][R22]") {
  SystemRandom random;
  const Bytes message = hex("3000");
  for (const Curve curve : {Curve::kP256, Curve::kBrainpoolP256r1}) {
    const KeyPair key = generate_key(curve, random);
    const auto verifier = rsp::pki::PublicKey::from_point(curve, key.point);
    REQUIRE(verifier.ok());
    for (int round = 0; round < 20; ++round) {
      const Bytes raw = sign_raw(key, message);
      REQUIRE(raw.size() == 64);
      REQUIRE(verifier->verify({message}, raw));
      REQUIRE(verifier->verify_der(message, sign_der(key, message)));
    }
    const SecretBytes pem = key_to_pem(key);
    const auto back = key_from_pem(as_text(pem.view()));
    REQUIRE(back.ok());
    CHECK(back->curve == curve);
    CHECK(equal(back->scalar.view(), key.scalar.view()));
    CHECK(back->point == key.point);
    CHECK(key.copy().point == key.point);
  }
}

TEST_CASE("what is no unencrypted EC key in PEM is refused", "[testpki]") {
  for (const char* bad :
       {"", "-----BEGIN EC PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "-----BEGIN EC PRIVATE KEY-----\nMAA=\n-----END EC PRIVATE KEY-----\n",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n"}) {
    CHECK(key_from_pem(bad).error().reason() == "testpki.bad_key");
  }
}

TEST_CASE("published private keys can be read", "[testpki]") {
  const char* folder = std::getenv("BERTH_TEST_DATA");
  if (folder == nullptr ||
      !std::filesystem::is_directory(std::filesystem::path(folder) / "sgp26")) {
    WARN("SKIPPED: BERTH_TEST_DATA names no folder with sgp26/");
    return;
  }
  int read = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(std::filesystem::path(folder) / "sgp26")) {
    if (!entry.path().filename().string().starts_with("SK_")) continue;
    std::ifstream file(entry.path());
    const std::string pem{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    INFO(entry.path());
    CHECK(key_from_pem(pem).ok());
    ++read;
  }
  CHECK(read > 10);
}

}  // namespace berth::testpki
