// Goal: the test PKI's certificates pass as a genuine card's and server's do, and each broken twin
// gets exactly the refusal that SGP.22 documents for its flaw, on both curves.

#include "tools/testpki/test_pki.h"

#include <catch2/catch.hpp>

#include "kernel/rsp/pki/chain.h"

namespace berth::testpki {
namespace {

using rsp::pki::Certificate;
using rsp::pki::EuiccChainVerifier;
using rsp::pki::TrustAnchors;

constexpr UnixMs kJune2026Ms = 1'780'272'000'000;  // 2026-06-01T00:00:00Z
constexpr const char* kEid = "89049032123451234512345678901235";

// A CI that is trusted, a good EUM and a good card under it.
struct World {
  explicit World(Curve curve, const CiRequest& request = {})
      : ci(TestCi::create(curve, "Berth Test CI", clock, random, request).value()),
        eum(ci.issue_eum({}).value()),
        card(eum.issue_euicc({.eid = kEid}).value()) {
    REQUIRE(anchors.add(Certificate::parse(ci.issued().certificate).value()).ok());
  }

  std::string outcome(ByteView euicc, ByteView eum_certificate) const {
    // A verifier of its own: nothing is known from an earlier chain.
    const EuiccChainVerifier verifier(anchors);
    const auto verified = verifier.verify(euicc, eum_certificate, ci.subject_key_id(), kJune2026Ms);
    return verified ? "good" : verified.error().pair();
  }
  // A card under an EUM with this flaw. Some flaws leave no certificate to issue under, so the good
  // card goes with it: the EUM is judged first.
  std::string with_eum(EumRequest request) {
    auto broken = ci.issue_eum(request);
    REQUIRE(broken.ok());
    return outcome(card.certificate, broken->issued().certificate);
  }
  std::string with_euicc(EuiccRequest request) {
    if (request.eid.empty()) request.eid = kEid;
    const auto broken = eum.issue_euicc(request);
    REQUIRE(broken.ok());
    return outcome(broken->certificate, eum.issued().certificate);
  }

  SystemRandom random;
  ManualClock clock{kJune2026Ms};
  TestCi ci;
  TestEum eum;
  Issued card;
  TrustAnchors anchors;
};

const Curve kCurves[] = {Curve::kP256, Curve::kBrainpoolP256r1};

}  // namespace

TEST_CASE("a chain of the test PKI verifies on either curve", "[testpki][rsp][R20][R22]") {
  for (const Curve curve : kCurves) {
    World world(curve);
    CHECK(world.outcome(world.card.certificate, world.eum.issued().certificate) == "good");
    const auto second = world.eum.issue_euicc({.eid = "89049032000000000000000000000042"});
    CHECK(world.outcome(second->certificate, world.eum.issued().certificate) == "good");
    auto wide = world.ci.issue_eum({.organization = "Wide", .eid_prefixes = {"8901", "89049099"}});
    for (const char* eid :
         {"89010000000000000000000000000000", "89049099000000000000000000000000"}) {
      const auto card = wide->issue_euicc({.eid = eid});
      CHECK(world.outcome(card->certificate, wide->issued().certificate) == "good");
    }
    const auto outside = wide->issue_euicc({.eid = kEid});
    CHECK(world.outcome(outside->certificate, wide->issued().certificate) == "8.1.3/6.1");
  }
}

TEST_CASE("each broken EUM certificate gets its documented refusal", "[testpki][rsp][R20]") {
  for (const Curve curve : kCurves) {
    World world(curve);
    for (const auto& [flaw, pair] : {
             std::pair(Flaw::kNone, "8.1.3/6.1"),  // a good EUM, only not this card's
             std::pair(Flaw::kBrokenSignature, "8.1.2/6.1"),
             std::pair(Flaw::kExpired, "8.1.2/6.3"),
             std::pair(Flaw::kNotYetValid, "8.1.2/6.1"),
             std::pair(Flaw::kWrongRole, "8.1.2/6.1"),
             std::pair(Flaw::kUnknownCriticalExtension, "8.1.2/6.1"),
             std::pair(Flaw::kOtherCurve, "8.1.2/6.1"),
             std::pair(Flaw::kUnsupportedCurve, "8.1.2/6.1"),
             std::pair(Flaw::kWrongAuthorityKeyId, "8.11.1/3.9"),
             std::pair(Flaw::kNoAuthorityKeyId, "8.1.2/6.1"),
             std::pair(Flaw::kSelfSigned, "8.1.2/6.1"),
             std::pair(Flaw::kWrongIssuerName, "8.1.2/6.1"),
             std::pair(Flaw::kWrongKeyUsage, "8.1.2/6.1"),
             std::pair(Flaw::kDuplicateExtension, "8.1.2/6.1"),
             std::pair(Flaw::kNegativeSerial, "8.1.2/6.1"),
             std::pair(Flaw::kTrailingOctet, "8.1.2/6.1"),
             std::pair(Flaw::kNotACa, "8.1.2/6.1"),
             std::pair(Flaw::kPathLength, "8.1.2/6.1"),
             std::pair(Flaw::kNoNameConstraints, "8.1.2/6.1"),
             std::pair(Flaw::kUncriticalBasicConstraints, "8.1.2/6.1"),
         }) {
      INFO("flaw " << static_cast<int>(flaw));
      CHECK(world.with_eum({.flaw = flaw}) == pair);
    }
  }
}

TEST_CASE("a broken EUM is refused for its flaw, not for the card's issuer",
          "[testpki][rsp][R20]") {
  // The same key and name as the good EUM, so that the card's own certificate fits it.
  World world(Curve::kP256);
  const auto with = [&](Flaw flaw) {
    return world.with_eum({.key = world.eum.issued().key.copy(), .flaw = flaw});
  };
  CHECK(with(Flaw::kNone) == "good");
  for (const Flaw flaw : {Flaw::kBrokenSignature, Flaw::kNotYetValid, Flaw::kWrongRole,
                          Flaw::kUnknownCriticalExtension, Flaw::kWrongIssuerName,
                          Flaw::kWrongKeyUsage, Flaw::kNotACa, Flaw::kPathLength,
                          Flaw::kNoNameConstraints, Flaw::kUncriticalBasicConstraints}) {
    INFO("flaw " << static_cast<int>(flaw));
    CHECK(with(flaw) == "8.1.2/6.1");
  }
  CHECK(with(Flaw::kExpired) == "8.1.2/6.3");
}

TEST_CASE("each broken eUICC certificate gets its documented refusal", "[testpki][rsp][R20]") {
  for (const Curve curve : kCurves) {
    World world(curve);
    CHECK(world.with_euicc({}) == "good");
    CHECK(world.with_euicc({.flaw = Flaw::kExpired}) == "8.1.3/6.3");
    for (const Flaw flaw :
         {Flaw::kBrokenSignature, Flaw::kNotYetValid, Flaw::kWrongRole,
          Flaw::kUnknownCriticalExtension, Flaw::kOtherCurve, Flaw::kUnsupportedCurve,
          Flaw::kWrongAuthorityKeyId, Flaw::kNoAuthorityKeyId, Flaw::kSelfSigned,
          Flaw::kWrongIssuerName, Flaw::kWrongKeyUsage, Flaw::kDuplicateExtension,
          Flaw::kNegativeSerial, Flaw::kTrailingOctet, Flaw::kIsACa, Flaw::kWrongOrganization}) {
      INFO("flaw " << static_cast<int>(flaw));
      CHECK(world.with_euicc({.flaw = flaw}) == "8.1.3/6.1");
    }
    CHECK(world.with_euicc({.eid = "89049033123451234512345678901234"}) == "8.1.3/6.1");
    CHECK(world.with_euicc({.eid = "98049032123451234512345678901235"}) == "8.1.3/6.1");
  }
}

TEST_CASE("a CI whose path length is used up cannot have EUMs", "[testpki][rsp][R20]") {
  World strict(Curve::kP256, {.path_length = 0});
  CHECK(strict.outcome(strict.card.certificate, strict.eum.issued().certificate) == "8.1.2/6.1");
  World enough(Curve::kP256, {.path_length = 1});
  CHECK(enough.outcome(enough.card.certificate, enough.eum.issued().certificate) == "good");
}

TEST_CASE("another CI of the same name does not stand in", "[testpki][rsp][R20]") {
  World world(Curve::kP256);
  World stranger(Curve::kP256);
  CHECK(world.outcome(stranger.card.certificate, stranger.eum.issued().certificate) ==
        "8.11.1/3.9");
}

TEST_CASE("of several flaws the documented first one is told", "[testpki][rsp][R20]") {
  World world(Curve::kP256);
  World stranger(Curve::kP256);
  const Validity past{kJune2026Ms - 2'000'000, kJune2026Ms - 1'000'000};
  const auto by_stranger = [&](const EumRequest& request) {
    return world.outcome(world.card.certificate,
                         stranger.ci.issue_eum(request)->issued().certificate);
  };
  // No such CI, before anything else; signature before dates; dates before structure.
  CHECK(by_stranger({.validity = past}) == "8.11.1/3.9");
  CHECK(by_stranger({.flaw = Flaw::kUnsupportedCurve}) == "8.11.1/3.9");
  CHECK(by_stranger({.flaw = Flaw::kBrokenSignature}) == "8.11.1/3.9");
  CHECK(world.with_eum({.validity = past, .flaw = Flaw::kBrokenSignature}) == "8.1.2/6.1");
  for (const Flaw flaw : {Flaw::kWrongRole, Flaw::kNoNameConstraints, Flaw::kNotACa,
                          Flaw::kUnknownCriticalExtension, Flaw::kOtherCurve}) {
    CHECK(world.with_eum({.validity = past, .flaw = flaw}) == "8.1.2/6.3");
  }
  CHECK(world.with_euicc({.validity = past, .flaw = Flaw::kBrokenSignature}) == "8.1.3/6.1");
  CHECK(world.with_euicc({.validity = past, .flaw = Flaw::kWrongAuthorityKeyId}) == "8.1.3/6.1");
  for (const Flaw flaw : {Flaw::kWrongRole, Flaw::kWrongOrganization, Flaw::kOtherCurve}) {
    CHECK(world.with_euicc({.validity = past, .flaw = flaw}) == "8.1.3/6.3");
  }
  // A bad card under a bad EUM: the EUM's fault.
  const auto expired_eum = world.ci.issue_eum({.validity = past});
  CHECK(world.outcome({}, expired_eum->issued().certificate) == "8.1.2/6.3");
}

TEST_CASE("more EUMs than the cache holds verify all the same", "[testpki][rsp][R20]") {
  World world(Curve::kP256);
  const EuiccChainVerifier verifier(world.anchors);
  // The same key and name throughout, so the one card fits every EUM.
  std::vector<Bytes> eums;
  for (int i = 0; i < 300; ++i) {
    const auto eum = world.ci.issue_eum({.key = world.eum.issued().key.copy()});
    eums.push_back(eum->issued().certificate);
  }
  for (int round = 0; round < 2; ++round) {
    for (const Bytes& eum : eums) {
      REQUIRE(verifier.verify(world.card.certificate, eum, {}, kJune2026Ms).ok());
    }
  }
}

TEST_CASE("server certificates pass, and their broken twins do not", "[testpki][rsp][R20][R22]") {
  for (const Curve curve : kCurves) {
    World world(curve);
    const auto reason = [&](const ServerRequest& request, std::string_view role) {
      const auto issued = world.ci.issue_server(request);
      REQUIRE(issued.ok());
      const auto parsed = Certificate::parse(issued->certificate);
      if (!parsed) return std::string(parsed.error().reason());
      const auto verified =
          rsp::pki::verify_server_certificate(*parsed, world.anchors, role, kJune2026Ms);
      return verified.ok() ? "good" : std::string(verified.error().reason());
    };
    CHECK(reason({.role = ServerRole::kDpAuth}, rsp::pki::kRoleDpAuth) == "good");
    CHECK(reason({.role = ServerRole::kDpPb}, rsp::pki::kRoleDpPb) == "good");
    CHECK(reason({.role = ServerRole::kDsAuth}, rsp::pki::kRoleDsAuth) == "good");
    CHECK(reason({.role = ServerRole::kDpTls, .dns_names = {"a.example"}}, rsp::pki::kRoleDpTls) ==
          "good");
    CHECK(reason({.role = ServerRole::kDsTls, .dns_names = {"a.example"}}, rsp::pki::kRoleDsTls) ==
          "good");
    CHECK(reason({.role = ServerRole::kDpTls, .dns_names = {"a.example"}, .flaw = Flaw::kWrongRole},
                 rsp::pki::kRoleDpTls) == "certificate.role");
    for (const auto& [flaw, slug] : {
             std::pair(Flaw::kBrokenSignature, "certificate.signature"),
             std::pair(Flaw::kExpired, "certificate.expired"),
             std::pair(Flaw::kNotYetValid, "certificate.not_yet_valid"),
             std::pair(Flaw::kWrongRole, "certificate.role"),
             std::pair(Flaw::kUnknownCriticalExtension, "certificate.role"),
             std::pair(Flaw::kOtherCurve, "certificate.role"),
             std::pair(Flaw::kUnsupportedCurve, "certificate.curve"),
             std::pair(Flaw::kWrongAuthorityKeyId, "certificate.untrusted"),
             std::pair(Flaw::kNoAuthorityKeyId, "certificate.untrusted"),
             std::pair(Flaw::kSelfSigned, "certificate.untrusted"),
             std::pair(Flaw::kWrongIssuerName, "certificate.role"),
             std::pair(Flaw::kWrongKeyUsage, "certificate.role"),
             std::pair(Flaw::kDuplicateExtension, "certificate.invalid"),
             std::pair(Flaw::kNegativeSerial, "certificate.invalid"),
             std::pair(Flaw::kTrailingOctet, "certificate.invalid"),
             std::pair(Flaw::kIsACa, "certificate.role"),
         }) {
      INFO("flaw " << static_cast<int>(flaw));
      CHECK(reason({.role = ServerRole::kDpPb, .flaw = flaw}, rsp::pki::kRoleDpPb) == slug);
    }
    // The binding certificate of another SM-DP+ is good by itself; the OID tells them apart.
    const auto other =
        world.ci.issue_server({.role = ServerRole::kDpPb, .registered_id = "2.999.12"});
    CHECK(Certificate::parse(other->certificate)->registered_ids() ==
          std::vector<std::string>{"2.999.12"});
    CHECK(reason({.role = ServerRole::kDpPb, .registered_id = ""}, rsp::pki::kRoleDpPb) ==
          "certificate.role");
  }
}

TEST_CASE("a CI and an EUM can be loaded again and go on issuing", "[testpki]") {
  World world(Curve::kP256);
  const auto key = key_from_pem(as_text(world.ci.issued().key_pem().view()));
  REQUIRE(key.ok());
  const auto pem = Certificate::from_pem(world.ci.issued().certificate_pem());
  REQUIRE(pem.ok());
  auto ci = TestCi::load(pem->der(), key->copy(), world.clock, world.random);
  REQUIRE(ci.ok());
  CHECK(ci->subject_key_id() == world.ci.subject_key_id());
  auto eum = ci->issue_eum({});
  auto loaded =
      TestEum::load(eum->issued().certificate, eum->issued().key.copy(), world.clock, world.random);
  REQUIRE(loaded.ok());
  const auto card = loaded->issue_euicc({.eid = kEid});
  CHECK(world.outcome(card->certificate, eum->issued().certificate) == "good");
  CHECK(TestCi::load(pem->der(), eum->issued().key.copy(), world.clock, world.random)
            .error()
            .reason() == "testpki.bad_key");
  CHECK(TestEum::load({}, eum->issued().key.copy(), world.clock, world.random).error().reason() ==
        "certificate.invalid");
}

TEST_CASE("a request that makes no sense is refused", "[testpki]") {
  World world(Curve::kP256);
  const auto bad = [](const auto& issued) {
    return !issued.ok() && issued.error().reason() == "testpki.bad_request";
  };
  CHECK(bad(world.eum.issue_euicc({.eid = "123"})));
  CHECK(bad(world.eum.issue_euicc({.eid = std::string(32, 'x')})));
  CHECK(bad(world.ci.issue_eum({.organization = ""})));
  CHECK(bad(world.ci.issue_eum({.registered_id = "2.x"})));
  CHECK(bad(world.ci.issue_eum({.validity = Validity{-1, 0}})));
  CHECK(bad(world.ci.issue_eum({.key = generate_key(Curve::kBrainpoolP256r1, world.random)})));
  CHECK(bad(world.ci.issue_server({.role = ServerRole::kDpTls})));
  CHECK(bad(world.ci.issue_server({.role = ServerRole::kDpAuth, .dns_names = {"a.example"}})));
}

}  // namespace berth::testpki
