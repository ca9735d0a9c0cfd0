#include "kernel/smdpplus/install_outcome.h"

#include <nlohmann/json.hpp>

#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

using rsp::sgp22::ProfileInstallationResult;

// A delivered package, and the card's result whose content a case may replace: install_unit is
// given what was verified before.
struct Scene {
  Scene() : phone(site), order(site.order()) {
    const auto request = phone.install(phone.bound(order.matching_id.text()));
    result = std::get<ProfileInstallationResult>(request.notification);
    before = site.mark();
  }
  ledger::AttemptRecord attempt() { return *must(site.ledger().attempt(result->transaction_id)); }
  void fail_with(std::uint64_t reason) {
    result->result = ProfileInstallationResult::Failure{5, reason, {}};
  }
  void commit() {
    auto made = must(install_unit(site.tenant(), attempt(), *result));
    REQUIRE(std::holds_alternative<ledger::Committed>(site.ledger().commit(std::move(made.unit))));
    ended_for_good = made.ended_for_good;
  }
  nlohmann::json event() {
    return nlohmann::json::parse(site.events({before.event, 0}).front().body);
  }

  Site site;
  Phone phone;
  OrderAnswer order;
  std::optional<ProfileInstallationResult> result;
  bool ended_for_good = false;
  Mark before;
};

}  // namespace

TEST_CASE("success makes the profile Installed and closes the order", "[smdpplus][R72:part][R73]") {
  Scene scene;
  scene.commit();
  CHECK(scene.site.state(scene.order.iccid) == "Installed");
  const auto event = scene.event();
  CHECK(event.at("eventType") == "profileDownloadResult");
  CHECK(event.at("result") == "SUCCESS");
  CHECK(event.at("resultCode") == "RSP-2000");
  CHECK(event.at("attempt") == 1);
  CHECK_FALSE(event.contains("stage"));
}

TEST_CASE("a permanent failure ends the order and destroys the retry material",
          "[smdpplus][R72:part]") {
  Scene scene;
  scene.fail_with(12);
  scene.commit();
  CHECK(scene.site.told(scene.before) ==
        "events: profileDownloadResult; usage: download.failed; audit: download.failed");
  CHECK(scene.event().at("result") == "FAILED");
  CHECK(scene.event().at("resultCode") == "RSP-4112");
  CHECK(scene.site.state(scene.order.iccid) == "Error");
  CHECK_FALSE(scene.site.order_row(scene.order.order_id).open);
  CHECK_FALSE(must(scene.site.ledger().binding(scene.order.iccid)).has_value());
  CHECK(scene.attempt().state == ledger::AttemptState::kFailed);
  CHECK(scene.ended_for_good);
}

TEST_CASE("a temporary failure keeps order and binding for the next attempt", "[smdpplus][R109]") {
  const std::uint64_t reason = GENERATE(10, 11);
  Scene scene;
  scene.fail_with(reason);
  scene.commit();
  CHECK(scene.event().at("resultCode") == "RSP-41" + std::to_string(reason));
  CHECK(scene.site.state(scene.order.iccid) == "Downloaded");
  CHECK(scene.site.order_row(scene.order.order_id).open);
  CHECK(must(scene.site.ledger().binding(scene.order.iccid)).has_value());
  CHECK(scene.attempt().state == ledger::AttemptState::kFailed);
}

TEST_CASE("a failure that proves nothing quarantines the profile", "[smdpplus][R106:part]") {
  Scene scene;
  SECTION("the card has the ICCID already") { scene.fail_with(9); }
  SECTION("the card failed before it looked, and an earlier package is out") {
    Phone& phone = scene.phone;
    const auto second = phone.bound(std::string(scene.order.matching_id.text()));
    scene.result->transaction_id = second.transaction_id;
    scene.result->result = ProfileInstallationResult::Failure{0, 2, {}};
  }
  scene.commit();
  const auto profile = must(scene.site.ledger().profile(scene.order.iccid));
  CHECK(lifecycle::to_string(profile->state) == "Error");
  CHECK(profile->quarantined);
}

TEST_CASE("the only package's failure proves that nothing is there, wherever it failed",
          "[smdpplus][R106:part]") {
  const std::uint64_t command = GENERATE(0, 1, 2, 4, 5);
  Scene scene;
  scene.result->result = ProfileInstallationResult::Failure{command, 8, {}};
  scene.commit();
  const auto profile = must(scene.site.ledger().profile(scene.order.iccid));
  CHECK(lifecycle::to_string(profile->state) == "Error");
  CHECK_FALSE(profile->quarantined);
  CHECK(scene.ended_for_good);
}

TEST_CASE("a temporary failure that proves nothing is there lifts the quarantine",
          "[smdpplus][R106:part]") {
  Scene scene;
  CHECK(must(scene.site.ledger().profile(scene.order.iccid))->quarantined);  // the package left
  SECTION("it failed while the elements were loaded") {
    scene.fail_with(10);
    scene.commit();
    CHECK_FALSE(must(scene.site.ledger().profile(scene.order.iccid))->quarantined);
    // So the order's end leaves it free for the operator to take back.
    scene.site.clock.advance(std::chrono::hours(2));
    scene.site.es9->housekeeping(scene.site.tenant(), false);
    const auto profile = must(scene.site.ledger().profile(scene.order.iccid));
    CHECK(lifecycle::to_string(profile->state) == "Error");
    CHECK_FALSE(profile->quarantined);
  }
  SECTION("it failed before the card looked, and another package is out") {
    const auto second = scene.phone.bound(std::string(scene.order.matching_id.text()));
    scene.result->transaction_id = second.transaction_id;
    scene.result->result = ProfileInstallationResult::Failure{0, 11, {}};
    scene.commit();
    CHECK(must(scene.site.ledger().profile(scene.order.iccid))->quarantined);
  }
  CHECK_FALSE(scene.ended_for_good);
}

TEST_CASE("a late failure of an earlier package does not end a newer attempt", "[smdpplus]") {
  Scene scene;
  scene.phone.bound(std::string(scene.order.matching_id.text()));  // the second package
  scene.fail_with(12);                                             // of the first
  scene.commit();
  CHECK(scene.attempt().state == ledger::AttemptState::kFailed);
  CHECK(scene.site.state(scene.order.iccid) == "Downloaded");
  CHECK(scene.site.order_row(scene.order.order_id).open);
}

TEST_CASE("two installations of one profile are charged once", "[smdpplus]") {
  Scene scene;
  const auto second = scene.phone.bound(std::string(scene.order.matching_id.text()));
  scene.commit();
  scene.before = scene.site.mark();
  scene.result->transaction_id = second.transaction_id;
  scene.result->metadata.sequence_number += 1;
  scene.commit();
  CHECK(scene.site.told(scene.before) ==
        "events: profileDownloadResult; usage: download.repeated; audit: download.installed");
}

TEST_CASE("a card that contradicts itself changes nothing and is remembered",
          "[smdpplus][R72:part]") {
  Scene scene;
  scene.commit();
  const Mark after = scene.site.mark();
  scene.fail_with(12);  // a card that contradicts itself, under the next number
  scene.result->metadata.sequence_number += 1;
  scene.commit();
  CHECK(scene.site.told(after) == "events: -; usage: -; audit: download.contradiction");
  CHECK(scene.site.state(scene.order.iccid) == "Installed");
  CHECK(must(scene.site.ledger().has_evidence(
      *Eid::parse(kAlphaEid), scene.result->metadata.sequence_number, sha256(scene.result->data))));
}

TEST_CASE("an attempt whose rows are gone is data loss, not a crash", "[smdpplus]") {
  Scene scene;
  auto attempt = scene.attempt();
  attempt.iccid = *Iccid::parse("8900000000000000007");
  CHECK(say(install_unit(scene.site.tenant(), attempt, *scene.result)) ==
        "data_loss ledger.attempt_without_order");
}

}  // namespace berth::smdpplus::testing
