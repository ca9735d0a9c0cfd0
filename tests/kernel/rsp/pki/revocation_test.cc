#include "kernel/rsp/pki/revocation.h"

#include <catch2/catch.hpp>

#include "kernel/rsp/pki/chain.h"
#include "tests/kernel/rsp/pki/revocation_list_builder.h"
#include "tools/testpki/test_pki.h"

namespace berth::rsp::pki {
namespace {

constexpr UnixMs kNow = 1'790'000'000'000;

struct World {
  ManualClock clock{kNow};
  SystemRandom random;
  testpki::TestCi ci = *testpki::TestCi::create(Curve::kP256, "Test CI", clock, random);
  testpki::TestEum eum = *ci.issue_eum({});
  testpki::Issued card = *eum.issue_euicc({.eid = "89049032001000000000000000000112"});

  Bytes serial() const {
    return to_bytes(Certificate::parse(eum.issued().certificate)->serial_number());
  }
  Bytes list(const std::vector<Bytes>& serials, const test::RevocationListShape& shape = {}) {
    return test::make_revocation_list(ci.issued().certificate, ci.issued().key, serials, shape);
  }
  std::string verdict(const std::vector<Bytes>& lists) {
    TrustAnchors anchors;
    REQUIRE(anchors.add(*Certificate::parse(ci.issued().certificate)).ok());
    EuiccChainVerifier verifier(anchors);
    // Once without lists: a certificate that passed before must be refused all the same.
    REQUIRE(verifier.verify(card.certificate, eum.issued().certificate, {}, kNow).ok());
    for (const Bytes& list : lists) {
      auto added = anchors.add(*parse_revocation_list(list));
      if (!added) return std::string(added.error().reason());
    }
    const auto result = verifier.verify(card.certificate, eum.issued().certificate, {}, kNow);
    return result ? "good" : result.error().pair();
  }
};

std::string reason(ByteView octets) {
  const auto list = parse_revocation_list(octets);
  return list ? "good" : std::string(list.error().reason());
}

}  // namespace

TEST_CASE("an EUM whose certificate is revoked is refused, as a cached one too",
          "[rsp][pki][R16:part]") {
  World world;
  CHECK(world.verdict({world.list({world.serial()})}) == "8.1.2/6.1");
  CHECK(world.verdict({world.list({{0x01}, world.serial(), {0x7F}})}) == "8.1.2/6.1");
  CHECK(world.verdict({world.list({})}) == "good");
  CHECK(world.verdict({world.list({{0x01}})}) == "good");
  CHECK(world.verdict({world.list({world.serial()}, {.with_key_id = false})}) == "8.1.2/6.1");
}

TEST_CASE("the newest list of an issuer counts", "[rsp][pki]") {
  World world;
  const Bytes older = world.list({});
  const Bytes newer = world.list({world.serial()}, {.this_update = "260601000000Z"});
  CHECK(world.verdict({older, newer}) == "8.1.2/6.1");
  CHECK(world.verdict({newer, older}) == "8.1.2/6.1");
}

TEST_CASE("a list whose next update is overdue still revokes", "[rsp][pki]") {
  World world;
  CHECK(world.verdict({world.list({world.serial()}, {.next_update = "260201000000Z"})}) ==
        "8.1.2/6.1");
}

TEST_CASE("a list for CA certificates and one for the others stand side by side", "[rsp][pki]") {
  World world;
  const Bytes for_cas =
      world.list({world.serial()}, {.extensions = *from_hex("300F0603551D1C0101FF040530038201FF")});
  const Bytes for_users =
      world.list({}, {.this_update = "260601000000Z",
                      .extensions = *from_hex("300F0603551D1C0101FF040530038101FF")});
  CHECK(parse_revocation_list(for_cas)->scope == RevocationScope::kCaCertificates);
  CHECK(parse_revocation_list(for_users)->scope == RevocationScope::kUserCertificates);
  CHECK(world.verdict({for_cas, for_users}) == "8.1.2/6.1");
}

TEST_CASE("a list nobody trusted signed is refused", "[rsp][pki]") {
  World world;
  auto other = *testpki::TestCi::create(Curve::kP256, "Other CI", world.clock, world.random);
  CHECK(world.verdict({test::make_revocation_list(other.issued().certificate, other.issued().key,
                                                  {world.serial()})}) == "revocation.untrusted");
  // The right issuer's name and key identifier, another key's signature.
  CHECK(world.verdict({test::make_revocation_list(world.ci.issued().certificate, other.issued().key,
                                                  {world.serial()})}) == "revocation.untrusted");
}

TEST_CASE("what is no complete revocation list is refused", "[rsp][pki]") {
  World world;
  const Bytes good = world.list({world.serial()});
  CHECK(reason(good) == "good");
  CHECK(reason({}) == "revocation.invalid");
  CHECK(reason(as_bytes("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n")) ==
        "revocation.invalid");
  CHECK(reason(world.ci.issued().certificate) == "revocation.invalid");
  Bytes longer = good;
  longer.push_back(0);
  CHECK(reason(longer) == "revocation.invalid");
  CHECK(reason(Bytes(kMaxRevocationListSize + 1)) == "revocation.invalid");
  // deltaCRLIndicator, an unknown critical extension, a list for attribute certificates.
  for (const char* extension : {"300D0603551D1B0101FF0403020101", "300B06032A03040101FF04010A",
                                "300F0603551D1C0101FF040530038501FF"}) {
    CAPTURE(extension);
    CHECK(reason(world.list({}, {.extensions = *from_hex(extension)})) == "revocation.invalid");
  }
  for (std::size_t cut = 1; cut < good.size(); cut += 7) {
    CHECK(reason(ByteView(good).first(cut)) == "revocation.invalid");
  }
}

}  // namespace berth::rsp::pki
