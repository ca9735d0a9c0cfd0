#include "tools/euicc/private_key.h"

#include <catch2/catch.hpp>

#include "kernel/rsp/pki/public_key.h"
#include "tests/kernel/rsp/sgp22_vectors.h"

namespace berth::euicc {
namespace {

using vectors::hex;

TEST_CASE("a private key has the point that other implementations compute for it", "[euicc]") {
  CHECK(PrivateKey::from_scalar(Curve::kP256, hex(vectors::kSkEuicc))->point() ==
        hex(vectors::kPkEuicc));
  CHECK(PrivateKey::from_scalar(Curve::kBrainpoolP256r1, hex(vectors::kOtskEuicc))->point() ==
        hex(vectors::kBrpOtpkEuicc));
}

TEST_CASE("the vectors' scalars have the vectors' points", "[euicc]") {
  const auto point = [](std::string_view scalar, Curve curve = Curve::kP256) {
    return to_hex(PrivateKey::from_scalar(curve, hex(scalar))->point());
  };
  CHECK(point(vectors::kSkDPauth) == vectors::kPkDPauth);
  CHECK(point(vectors::kSkDPpb) == vectors::kPkDPpb);
  CHECK(point(vectors::kOtskDp) == vectors::kOtpkDp);
  CHECK(point(vectors::kOtskEuicc) == vectors::kOtpkEuicc);
  CHECK(point(vectors::kOtskDp, Curve::kBrainpoolP256r1) == vectors::kBrpOtpkDp);
}

TEST_CASE("both curves agree on the outside vectors' shared secret", "[euicc][R43]") {
  const auto p256 = PrivateKey::from_scalar(Curve::kP256, hex(vectors::kOtskEuicc));
  CHECK(to_hex(p256->agree(hex(vectors::kOtpkDp))->view()) == vectors::kSharedSecretX);
  const auto brainpool = PrivateKey::from_scalar(Curve::kBrainpoolP256r1, hex(vectors::kOtskEuicc));
  CHECK(to_hex(brainpool->agree(hex(vectors::kBrpOtpkDp))->view()) == vectors::kBrpSharedSecretX);
}

TEST_CASE("a point that is off the curve, or no point, is refused", "[euicc]") {
  const auto key = PrivateKey::from_scalar(Curve::kP256, hex(vectors::kOtskEuicc));
  Bytes off = hex(vectors::kOtpkDp);
  off.back() ^= 1;
  CHECK(key->agree(off).error().reason() == "card.bad_point");
  CHECK_FALSE(key->agree(hex(vectors::kBrpOtpkDp)).ok());
  CHECK_FALSE(key->agree({}).ok());
  Bytes compressed(33, 2);
  CHECK_FALSE(key->agree(compressed).ok());
}

TEST_CASE("a signature is 64 octets and verifies over the parts joined", "[euicc]") {
  for (const Curve curve : {Curve::kP256, Curve::kBrainpoolP256r1}) {
    const auto key = PrivateKey::from_scalar(curve, hex(vectors::kSkEuicc));
    const auto verifier = rsp::pki::PublicKey::from_point(curve, key->point());
    for (int i = 0; i < 50; ++i) {  // short r or s turns up and must stay padded
      const auto signature = key->sign({as_bytes("one"), as_bytes("two")});
      REQUIRE(signature->size() == 64);
      CHECK(verifier->verify({as_bytes("onetwo")}, *signature));
      CHECK_FALSE(verifier->verify({as_bytes("onetwp")}, *signature));
    }
  }
}

TEST_CASE("zero, the order and above it, and odd sizes are no private keys", "[euicc]") {
  CHECK_FALSE(PrivateKey::from_scalar(Curve::kP256, Bytes(32, 0)).ok());
  CHECK_FALSE(PrivateKey::from_scalar(Curve::kP256, Bytes(32, 0xFF)).ok());
  CHECK_FALSE(PrivateKey::from_scalar(Curve::kBrainpoolP256r1, Bytes(32, 0xFF)).ok());
  CHECK_FALSE(PrivateKey::from_scalar(Curve::kP256, Bytes(31, 1)).ok());
  CHECK_FALSE(PrivateKey::parse(as_bytes("-----BEGIN PRIVATE KEY-----\nAAAA\n")).ok());
  CHECK_FALSE(PrivateKey::parse({}).ok());
}

TEST_CASE("a generated key comes from the injected randomness alone", "[euicc]") {
  struct Repeating final : Random {
    void fill(std::span<std::uint8_t> target) override {
      for (auto& octet : target) octet = next;
      next = 0x22;
    }
    std::uint8_t next = 0xFF;  // not below the order: drawn again
  } random;
  const auto key = PrivateKey::generate(Curve::kP256, random);
  CHECK(key->point() == hex(vectors::kOtpkEuicc));
  CHECK(to_hex(key->scalar().view()) == vectors::kOtskEuicc);
}

}  // namespace
}  // namespace berth::euicc
