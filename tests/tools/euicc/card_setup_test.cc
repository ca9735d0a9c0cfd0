#include "tools/euicc/card_setup.h"

#include <catch2/catch.hpp>

#include "tests/tools/euicc/fake_smdp.h"

namespace berth::euicc {
namespace {

CardSetup setup_of(const Bench& bench) {
  const testpki::Issued& own = bench.euicc_certificate;
  CardSetup setup;
  setup.credentials.push_back({to_bytes(as_bytes(own.certificate_pem())),
                               to_bytes(own.key_pem().view()), bench.eum.issued().certificate});
  setup.ci_certificates.push_back(to_bytes(as_bytes(bench.ci.issued().certificate_pem())));
  return setup;
}

TEST_CASE("a card is made from PEM or DER and knows its EID from the certificate", "[euicc]") {
  Bench bench(GENERATE(Curve::kP256, Curve::kBrainpoolP256r1));
  const auto state = new_card(setup_of(bench), bench.clock.now_ms());
  REQUIRE(state.ok());
  CHECK(state->eid.text() == "89049032123451234512345678901235");
  CHECK(state->credentials[0].ci_key_id == bench.smdp.ci_key_id);
}

TEST_CASE("a card may hold a chain for each of two CIs", "[euicc]") {
  Bench bench;
  Bench brainpool(Curve::kBrainpoolP256r1);
  CardSetup setup = setup_of(bench);
  const CardSetup second = setup_of(brainpool);
  setup.credentials.push_back(second.credentials[0]);
  setup.ci_certificates.push_back(second.ci_certificates[0]);
  auto state = new_card(setup, bench.clock.now_ms());
  REQUIRE(state.ok());
  bench.card = std::move(*Card::open(*state, bench.store, bench.random, bench.clock));
  CHECK_FALSE(bench.download().failure.has_value());
  std::swap(bench.card, brainpool.card);
  brainpool.smdp.metadata =
      *rsp::sgp22::encode_metadata(named_metadata(*Iccid::parse("8900012345678901241")));
  brainpool.smdp.package =
      make_package(*Iccid::parse("8900012345678901241"), *Iccid::parse("8900012345678901241"));
  CHECK_FALSE(brainpool.download().failure.has_value());
}

TEST_CASE("a card need not be able to verify servers of the CI that vouches for it", "[euicc]") {
  Bench bench;
  Bench brainpool(Curve::kBrainpoolP256r1);
  CardSetup setup = setup_of(brainpool);
  setup.issuers_only = setup.ci_certificates;
  setup.ci_certificates = setup_of(bench).ci_certificates;
  const auto state = new_card(setup, bench.clock.now_ms());
  REQUIRE(state.ok());
  CHECK(state->ci_certificates == std::vector<Bytes>{bench.ci.issued().certificate});
  CHECK(state->credentials[0].ci_key_id == brainpool.smdp.ci_key_id);
}

TEST_CASE("sets that do not belong together are refused", "[euicc]") {
  Bench bench;
  Bench other;
  const UnixMs now = bench.clock.now_ms();
  CardSetup wrong_key = setup_of(bench);
  wrong_key.credentials[0].private_key = setup_of(other).credentials[0].private_key;
  CHECK(new_card(wrong_key, now).error().reason() == "card.setup_invalid");
  CardSetup wrong_ci = setup_of(bench);
  wrong_ci.ci_certificates = setup_of(other).ci_certificates;
  CHECK(new_card(wrong_ci, now).error().reason() == "card.setup_invalid");
  CardSetup wrong_eid = setup_of(bench);
  wrong_eid.eid = *Eid::parse("89049032000000000000000000000000");
  CHECK(new_card(wrong_eid, now).error().reason() == "card.setup_invalid");
  CardSetup nothing;
  CHECK(new_card(nothing, now).error().reason() == "card.setup_invalid");
  CardSetup garbage = setup_of(bench);
  garbage.credentials[0].euicc_certificate = {0x30, 0x00};
  CHECK_FALSE(new_card(garbage, now).ok());
}

}  // namespace
}  // namespace berth::euicc
