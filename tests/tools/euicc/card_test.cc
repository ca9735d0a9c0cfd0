#include "tools/euicc/card.h"

#include <catch2/catch.hpp>

#include "tests/tools/euicc/fake_smdp.h"

namespace berth::euicc {
namespace {

TEST_CASE("a card whose parts do not belong together does not open", "[euicc]") {
  Bench bench;
  Bench other;
  const auto reason = [&](CardState state) {
    const auto card = Card::open(std::move(state), bench.store, bench.random, bench.clock);
    return card ? std::string("opened") : std::string(card.error().reason());
  };
  CardState wrong_key = bench.initial;
  wrong_key.credentials[0].key = other.initial.credentials[0].key;
  CHECK(reason(wrong_key) == "card.state_invalid");
  CardState wrong_eid = bench.initial;
  wrong_eid.eid = *Eid::parse("89049032000000000000000000000000");
  CHECK(reason(wrong_eid) == "card.state_invalid");
  CardState no_trust = bench.initial;
  no_trust.ci_certificates.clear();
  CHECK(reason(no_trust) == "card.state_invalid");
  CardState no_chain = bench.initial;
  no_chain.credentials.clear();
  CHECK(reason(no_chain) == "card.state_invalid");
  CardState no_ci = bench.initial;
  no_ci.ci_certificates = {bench.eum.issued().certificate};
  CHECK(reason(no_ci) != "opened");
  CHECK(reason(bench.initial) == "opened");
}

TEST_CASE("the card tells the memory that is left", "[euicc]") {
  Bench bench;
  const auto before = rsp::sgp22::parse_euicc_info2(bench.card->euicc_info2());
  REQUIRE_FALSE(bench.download().failure.has_value());
  const auto after = rsp::sgp22::parse_euicc_info2(bench.card->euicc_info2());
  CHECK(*before->free_nvm_bytes - *after->free_nvm_bytes == bench.smdp.package.size());
}

TEST_CASE("every challenge is new", "[euicc]") {
  Bench bench;
  const Bytes first = bench.card->euicc_challenge();
  CHECK(first.size() == 16);
  CHECK(bench.card->euicc_challenge() != first);
}

TEST_CASE("a notification leaves the card once", "[euicc]") {
  Bench bench;
  REQUIRE_FALSE(bench.download().failure.has_value());
  CHECK(bench.card->remove_notification(1).ok());
  CHECK(bench.card->remove_notification(1).error().reason() == "card.notification_unknown");
}

TEST_CASE("an install target yields a notification of its own when the card is set so", "[euicc]") {
  Bench bench;
  CardState state = bench.initial;
  state.options.extra_install_notifications = true;
  bench.card = std::move(*Card::open(state, bench.store, bench.random, bench.clock));
  REQUIRE_FALSE(bench.download().failure.has_value());
  REQUIRE(bench.card->state().notifications.size() == 2);
  CHECK(bench.card->state().notifications[1].sequence_number == 2);
}

}  // namespace
}  // namespace berth::euicc
