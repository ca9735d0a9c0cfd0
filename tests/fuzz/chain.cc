// A card's chain as the SM-DP+ verifies it. The octets are changes to a good chain; signed anew
// after the change (what a careless EUM or CI could have signed) or left with the old signature.

#include "kernel/rsp/pki/chain.h"

#include "kernel/rsp/der/der.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/steady_random.h"
#include "tools/testpki/test_pki.h"

namespace berth::fuzz {
namespace {

constexpr UnixMs kNow = 1'790'000'000'000;

struct World {
  SteadyRandom random{1};
  ManualClock clock{kNow};
  testpki::TestCi ci = *testpki::TestCi::create(Curve::kP256, "Fuzz CI", clock, random);
  testpki::TestEum eum = *ci.issue_eum({});
  testpki::Issued card = *eum.issue_euicc({.eid = "89049032123451234512345678901235"});
  rsp::pki::TrustAnchors anchors = [this] {
    rsp::pki::TrustAnchors made;
    must_hold(made.add(*rsp::pki::Certificate::parse(ci.issued().certificate)).ok(), "a CI");
    return made;
  }();
};

const World& world() {
  static const World made;
  return made;
}

// tbsCertificate with changes, under a fresh signature of `issuer`.
Bytes signed_anew(ByteView certificate, const testpki::KeyPair& issuer, Choices& choices) {
  rsp::der::Reader parts(rsp::der::parse_single(certificate, 0x30)->value);
  const Bytes tbs = patched(to_bytes(parts.next()->whole), choices);
  const ByteView algorithm = parts.next()->whole;
  Bytes signature = {0x00};
  append(signature, testpki::sign_der(issuer, tbs));
  return rsp::der::tlv(0x30, {tbs, algorithm, rsp::der::tlv(0x03, signature)});
}

}  // namespace

void one_input(ByteView input) {
  const World& at = world();
  steady_openssl(2);
  Choices choices(input);
  const bool anew = choices.octet() % 2 == 0;
  const Bytes& good_eum = at.eum.issued().certificate;
  const Bytes& good_card = at.card.certificate;
  const Bytes eum =
      anew ? signed_anew(good_eum, at.ci.issued().key, choices) : patched(good_eum, choices);
  const Bytes card =
      anew ? signed_anew(good_card, at.eum.issued().key, choices) : patched(good_card, choices);
  const Bytes required = choices.octet() % 2 == 0 ? Bytes() : at.ci.subject_key_id();

  const rsp::pki::EuiccChainVerifier verifier(at.anchors);
  const auto first = verifier.verify(card, eum, required, kNow);
  const auto second = verifier.verify(card, eum, required, kNow);
  must_hold(first.ok() == second.ok(), "the cache changes no verdict");
  if (first) {
    must_hold(first->euicc.subject_serial_number() == first->eid.text(), "the EID is the card's");
    must_hold(!first->euicc.is_ca() && first->eum.is_ca(), "the EUM is the CA of the two");
    must_hold(!verifier.verify(card, eum, Bytes(20, 0x5A), kNow).ok(), "another CI is refused");
  }
  if (!anew) {
    const bool untouched = eum == good_eum && card == good_card;
    must_hold(first.ok() == untouched, "nothing changed verifies under an old signature");
  }
  if (const auto server = rsp::pki::Certificate::parse(card)) {
    must_hold(
        !rsp::pki::verify_server_certificate(*server, at.anchors, rsp::pki::kRoleDpAuth, kNow).ok(),
        "a card is no server");
  }
}

}  // namespace berth::fuzz
