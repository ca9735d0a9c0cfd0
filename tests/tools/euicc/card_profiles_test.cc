#include <catch2/catch.hpp>
#include <random>

#include "kernel/rsp/pki/chain.h"
#include "tests/tools/euicc/fake_smdp.h"

namespace berth::euicc {
namespace {

// Installs one more profile with its own ICCID.
Iccid install(Bench& bench, unsigned number) {
  const std::string digits = "89000123456789" + std::to_string(10000 + number);
  const Iccid iccid = *Iccid::parse(digits);
  bench.smdp.dp_one_time_key.reset();
  bench.smdp.metadata = *rsp::sgp22::encode_metadata(named_metadata(iccid, "notify.example"));
  bench.smdp.package = make_package(iccid, iccid);
  REQUIRE_FALSE(bench.download().failure.has_value());
  return iccid;
}

ProfileState state_of(const Bench& bench, const Iccid& iccid) {
  for (const Profile& profile : bench.card->state().profiles) {
    if (profile.iccid == iccid) return profile.state;
  }
  FAIL("no such profile");
  return ProfileState::kDisabled;
}

TEST_CASE("enabling one profile disables the other and signs both events", "[euicc][R45]") {
  Bench bench;
  const Iccid first = install(bench, 1);
  const Iccid second = install(bench, 2);
  REQUIRE(bench.card->enable_profile(first).ok());
  REQUIRE(bench.card->enable_profile(second).ok());
  CHECK(state_of(bench, first) == ProfileState::kDisabled);
  CHECK(state_of(bench, second) == ProfileState::kEnabled);

  const auto& pending = bench.card->state().notifications;
  REQUIRE(pending.size() == 5);  // two results, enable, disable, enable
  CHECK(pending[3].event == NotificationEvent::kDisable);
  CHECK(pending[4].event == NotificationEvent::kEnable);
  rsp::pki::TrustAnchors anchors;
  REQUIRE(anchors.add(*rsp::pki::Certificate::parse(bench.ci.issued().certificate)).ok());
  const rsp::pki::EuiccChainVerifier verifier(anchors);
  for (std::size_t i = 2; i < pending.size(); ++i) {
    const auto parsed = rsp::sgp22::parse_pending_notification(pending[i].der);
    REQUIRE(parsed.ok());
    const auto& other = std::get<rsp::sgp22::OtherSignedNotification>(parsed->notification);
    CHECK(other.metadata.sequence_number == i + 1);
    CHECK(other.metadata.notification_address == "notify.example");
    const auto identity =
        verifier.verify(other.euicc_certificate, other.eum_certificate, {}, bench.clock.now_ms());
    REQUIRE(identity.ok());
    CHECK(identity->euicc.public_key().verify({other.tbs}, other.signature));
  }
}

TEST_CASE("a profile's policy rules bind the card", "[euicc]") {
  Bench bench;
  rsp::sgp22::ProfileMetadata metadata = named_metadata(bench.iccid, "notify.example");
  metadata.owner = rsp::sgp22::OperatorId{*MccMnc::parse("00101"), {}, {}};
  metadata.policy_rules = {.update_control = false, .ppr1 = true, .ppr2 = true};
  bench.smdp.metadata = *rsp::sgp22::encode_metadata(metadata);
  REQUIRE_FALSE(bench.download().failure.has_value());
  const Iccid other = install(bench, 1);
  CHECK(bench.card->delete_profile(bench.iccid).error().reason() == "card.policy_rule");
  REQUIRE(bench.card->enable_profile(bench.iccid).ok());
  const std::size_t told = bench.card->state().notifications.size();
  CHECK(bench.card->disable_profile(bench.iccid).error().reason() == "card.policy_rule");
  CHECK(bench.card->enable_profile(other).error().reason() == "card.policy_rule");
  CHECK(state_of(bench, bench.iccid) == ProfileState::kEnabled);
  CHECK(state_of(bench, other) == ProfileState::kDisabled);
  CHECK(bench.card->state().notifications.size() == told);
}

TEST_CASE("states are refused that a card does not allow", "[euicc]") {
  Bench bench;
  const Iccid iccid = install(bench, 1);
  const Iccid unknown = *Iccid::parse("8900099999999999999");
  CHECK(bench.card->disable_profile(iccid).error().reason() == "card.profile_state");
  CHECK(bench.card->enable_profile(unknown).error().reason() == "card.profile_unknown");
  CHECK(bench.card->delete_profile(unknown).error().reason() == "card.profile_unknown");
  REQUIRE(bench.card->enable_profile(iccid).ok());
  CHECK(bench.card->enable_profile(iccid).error().reason() == "card.profile_state");
  CHECK(bench.card->delete_profile(iccid).error().reason() == "card.profile_state");
  REQUIRE(bench.card->disable_profile(iccid).ok());
  REQUIRE(bench.card->delete_profile(iccid).ok());
  CHECK(bench.card->state().profiles.empty());
  CHECK(bench.card->state().notifications.back().event == NotificationEvent::kDelete);
}

TEST_CASE("a profile without notification targets changes silently", "[euicc]") {
  Bench bench;
  bench.smdp.metadata = *rsp::sgp22::encode_metadata(named_metadata(bench.iccid));
  REQUIRE_FALSE(bench.download().failure.has_value());
  REQUIRE(bench.card->enable_profile(bench.iccid).ok());
  CHECK(bench.card->state().notifications.size() == 1);
}

TEST_CASE("a random walk never enables two profiles, and sequence numbers only rise",
          "[euicc][R45]") {
  const unsigned seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 generator(seed);
  Bench bench;
  const std::vector<Iccid> iccids = {install(bench, 1), install(bench, 2), install(bench, 3)};
  std::uint64_t last = 0;
  for (int step = 0; step < 120; ++step) {
    const Iccid& iccid = iccids[generator() % iccids.size()];
    const bool enable = generator() % 2 == 0;
    (void)(enable ? bench.card->enable_profile(iccid) : bench.card->disable_profile(iccid)).ok();
    std::size_t enabled = 0;
    for (const Profile& profile : bench.card->state().profiles) {
      enabled += profile.state == ProfileState::kEnabled ? 1 : 0;
    }
    REQUIRE(enabled <= 1);
    while (!bench.card->state().notifications.empty()) {
      const std::uint64_t number = bench.card->state().notifications.front().sequence_number;
      REQUIRE(number > last);
      last = number;
      REQUIRE(bench.card->remove_notification(number).ok());
    }
  }
}

TEST_CASE("a card full of notifications changes nothing until some are sent", "[euicc]") {
  Bench bench;
  const Iccid iccid = install(bench, 1);
  bool on = false;
  while (bench.card->state().notifications.size() < kMaxNotifications) {
    REQUIRE((on ? bench.card->disable_profile(iccid) : bench.card->enable_profile(iccid)).ok());
    on = !on;
  }
  const auto refused = on ? bench.card->disable_profile(iccid) : bench.card->enable_profile(iccid);
  CHECK(refused.error().reason() == "card.notifications_full");
  CHECK((state_of(bench, iccid) == ProfileState::kEnabled) == on);
}

}  // namespace
}  // namespace berth::euicc
