#include "kernel/rsp/pki/chain.h"

#include <catch2/catch.hpp>
#include <thread>

#include "tests/kernel/rsp/pki/certificate_parts.h"
#include "tests/kernel/rsp/pki/own_chains.h"

namespace berth::rsp::pki {
namespace {

using test::hex;
using test::kJune2026Ms;

Certificate certificate(std::string_view der_hex) {
  return Certificate::parse(hex(der_hex)).value();
}

TrustAnchors both_cis() {
  TrustAnchors anchors;
  REQUIRE(anchors.add(certificate(test::kP256Ci)).ok());
  REQUIRE(anchors.add(certificate(test::kBrainpoolCi)).ok());
  return anchors;
}

std::string outcome(const EuiccChainVerifier& verifier, ByteView euicc, ByteView eum,
                    ByteView required_ci = {}, UnixMs now = kJune2026Ms) {
  const auto verified = verifier.verify(euicc, eum, required_ci, now);
  return verified ? "good" : verified.error().pair();
}

}  // namespace

TEST_CASE("a card's chain verifies on both curves and gives the EID", "[rsp][pki][R20][R22]") {
  const TrustAnchors anchors = both_cis();
  const EuiccChainVerifier verifier(anchors);
  for (int round = 0; round < 2; ++round) {  // the second time from the cache
    for (const auto& [euicc, eum] : {std::pair(test::kP256Euicc, test::kP256Eum),
                                     std::pair(test::kBrainpoolEuicc, test::kBrainpoolEum)}) {
      const auto verified = verifier.verify(hex(euicc), hex(eum), {}, kJune2026Ms);
      REQUIRE(verified.ok());
      CHECK(verified->eid.text() == test::kEidText);
      CHECK(verified->euicc.der() == hex(euicc));
      CHECK(verified->eum.der() == hex(eum));
    }
  }
}

TEST_CASE("a chain from a CI that is not listed, or not the session's, is refused",
          "[rsp][pki][R20]") {
  const TrustAnchors nobody;
  CHECK(outcome(EuiccChainVerifier(nobody), hex(test::kP256Euicc), hex(test::kP256Eum)) ==
        "8.11.1/3.9");
  TrustAnchors one;
  REQUIRE(one.add(certificate(test::kBrainpoolCi)).ok());
  CHECK(outcome(EuiccChainVerifier(one), hex(test::kP256Euicc), hex(test::kP256Eum)) ==
        "8.11.1/3.9");

  const TrustAnchors anchors = both_cis();
  const EuiccChainVerifier verifier(anchors);
  const Bytes p256 = certificate(test::kP256Ci).subject_key_id();
  const Bytes brainpool = certificate(test::kBrainpoolCi).subject_key_id();
  for (int round = 0; round < 2; ++round) {
    CHECK(outcome(verifier, hex(test::kP256Euicc), hex(test::kP256Eum), p256) == "good");
    CHECK(outcome(verifier, hex(test::kP256Euicc), hex(test::kP256Eum), brainpool) == "8.11.1/3.9");
    CHECK(outcome(verifier, hex(test::kP256Euicc), hex(test::kP256Eum), ByteView(p256).first(19)) ==
          "8.11.1/3.9");
  }
}

TEST_CASE("dates are checked each time, also when the EUM is known already", "[rsp][pki][R20]") {
  const TrustAnchors anchors = both_cis();
  const EuiccChainVerifier verifier(anchors);
  const Bytes euicc = hex(test::kP256Euicc);
  const Bytes eum = hex(test::kP256Eum);
  const Certificate parsed = certificate(test::kP256Eum);
  CHECK(outcome(verifier, euicc, eum) == "good");
  CHECK(outcome(verifier, euicc, eum, {}, parsed.not_before()) == "good");
  CHECK(outcome(verifier, euicc, eum, {}, parsed.not_before() - 1) == "8.1.2/6.1");
  CHECK(outcome(verifier, euicc, eum, {}, parsed.not_after() + 999) == "good");
  CHECK(outcome(verifier, euicc, eum, {}, parsed.not_after() + 1000) == "8.1.2/6.3");
  CHECK(outcome(verifier, euicc, eum) == "good");
}

TEST_CASE("certificates in the wrong places are refused", "[rsp][pki][R20]") {
  const TrustAnchors anchors = both_cis();
  const EuiccChainVerifier verifier(anchors);
  const Bytes ci = hex(test::kP256Ci);
  const Bytes eum = hex(test::kP256Eum);
  const Bytes euicc = hex(test::kP256Euicc);
  const Bytes auth = hex(test::kP256DpAuth);
  CHECK(outcome(verifier, euicc, ci) == "8.1.2/6.1");      // the root as EUM
  CHECK(outcome(verifier, euicc, auth) == "8.1.2/6.1");    // a server as EUM
  CHECK(outcome(verifier, euicc, euicc) == "8.11.1/3.9");  // AKI is the EUM, no CI
  CHECK(outcome(verifier, eum, eum) == "8.1.3/6.1");
  CHECK(outcome(verifier, auth, eum) == "8.1.3/6.1");
  CHECK(outcome(verifier, ci, eum) == "8.1.3/6.1");
  CHECK(outcome(verifier, hex(test::kBrainpoolEuicc), eum) == "8.1.3/6.1");
  CHECK(outcome(verifier, euicc, {}) == "8.1.2/6.1");
  CHECK(outcome(verifier, {}, eum) == "8.1.3/6.1");
  Bytes longer = eum;
  longer.push_back(0);
  CHECK(outcome(verifier, euicc, longer) == "8.1.2/6.1");
  longer = euicc;
  longer.push_back(0);
  CHECK(outcome(verifier, longer, eum) == "8.1.3/6.1");
}

TEST_CASE("any change of any octet breaks the chain", "[rsp][pki][R20]") {
  const TrustAnchors anchors = both_cis();
  const EuiccChainVerifier verifier(anchors);
  const Bytes eum = hex(test::kP256Eum);
  const Bytes euicc = hex(test::kP256Euicc);
  REQUIRE(outcome(verifier, euicc, eum) == "good");
  for (std::size_t at = 0; at < eum.size(); at += 3) {
    Bytes changed = eum;
    changed[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
    const std::string refused = outcome(verifier, euicc, changed);
    INFO("octet " << at << " gives " << refused);
    // In the AKI the flip names an unknown CI, in the dates it moves them: signature comes first.
    REQUIRE((refused == "8.1.2/6.1" || refused == "8.11.1/3.9"));
  }
  for (std::size_t at = 0; at < euicc.size(); at += 3) {
    Bytes changed = euicc;
    changed[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
    INFO("octet " << at);
    REQUIRE(outcome(verifier, changed, eum) == "8.1.3/6.1");
  }
}

TEST_CASE("only a self-signed CA becomes a trust anchor", "[rsp][pki][R20]") {
  TrustAnchors anchors;
  CHECK(anchors.add(certificate(test::kP256Eum)).error().reason() == "certificate.not_a_ci");
  CHECK(anchors.add(certificate(test::kP256Euicc)).error().reason() == "certificate.not_a_ci");
  CHECK(anchors.add(certificate(test::kP256DpAuth)).error().reason() == "certificate.not_a_ci");
  CHECK(anchors.all().empty());
  CHECK(anchors.add(certificate(test::kP256Ci)).ok());
  CHECK(anchors.add(certificate(test::kP256Ci)).ok());
  CHECK(anchors.all().size() == 1);
  CHECK(anchors.find({}) == nullptr);
  CHECK(anchors.find(certificate(test::kBrainpoolCi).subject_key_id()) == nullptr);
  CHECK(anchors.find(certificate(test::kP256Ci).subject_key_id()) != nullptr);
}

TEST_CASE("a server's certificate is checked as a card checks it", "[rsp][pki][R20]") {
  const TrustAnchors anchors = both_cis();
  const Certificate auth = certificate(test::kP256DpAuth);
  const auto reason = [&](const Certificate& server, std::string_view role,
                          std::optional<UnixMs> now) {
    const auto verified = verify_server_certificate(server, anchors, role, now);
    return verified.ok() ? "good" : std::string(verified.error().reason());
  };
  CHECK(reason(auth, kRoleDpAuth, kJune2026Ms) == "good");
  CHECK(reason(auth, kRoleDpAuth, std::nullopt) == "good");
  CHECK(reason(certificate(test::kBrainpoolDpAuth), kRoleDpAuth, kJune2026Ms) == "good");
  CHECK(reason(certificate(test::kP256DpTls), kRoleDpTls, kJune2026Ms) == "good");
  CHECK(reason(certificate(test::kP256DpTls), kRoleDpAuth, kJune2026Ms) == "certificate.role");
  CHECK(reason(auth, kRoleDpPb, kJune2026Ms) == "certificate.role");
  CHECK(reason(auth, kRoleDpAuth, auth.not_after() + 1000) == "certificate.expired");
  CHECK(reason(auth, kRoleDpAuth, auth.not_before() - 1) == "certificate.not_yet_valid");
  CHECK(reason(certificate(test::kP256Ci), kRoleCi, kJune2026Ms) == "certificate.untrusted");
  CHECK(reason(certificate(test::kP256Eum), kRoleEum, kJune2026Ms) == "certificate.role");
  CHECK(reason(certificate(test::kP256Euicc), kRoleEuicc, kJune2026Ms) == "certificate.untrusted");
  Bytes changed = hex(test::kP256DpAuth);
  changed[changed.size() - 1] ^= 1;
  CHECK(reason(Certificate::parse(changed).value(), kRoleDpAuth, kJune2026Ms) ==
        "certificate.signature");
}

TEST_CASE("many threads verify with one verifier", "[rsp][pki]") {
  const TrustAnchors anchors = both_cis();
  const EuiccChainVerifier verifier(anchors);
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        for (int round = 0; round < 10; ++round) {
          const bool p256 = (i + round) % 2 == 0;
          const auto verified =
              verifier.verify(hex(p256 ? test::kP256Euicc : test::kBrainpoolEuicc),
                              hex(p256 ? test::kP256Eum : test::kBrainpoolEum), {}, kJune2026Ms);
          good += verified.ok() ? 1 : 0;
        }
      });
    }
  }
  CHECK(good == 40);
}

}  // namespace berth::rsp::pki
