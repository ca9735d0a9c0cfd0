#include "kernel/smdpplus/sweep.h"

#include <nlohmann/json.hpp>

#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

constexpr UnixMs kMinute = 60'000;

SiteOptions options() {
  SiteOptions site;
  site.order_lifetime_ms = 30 * kMinute;
  site.limits.session_lifetime_ms = 10 * kMinute;
  site.configure = [](tenancy::TenantConfiguration& tenant) {
    tenant.attempt_timeout_ms = 20 * kMinute;
  };
  return site;
}

struct Scene {
  Site site{options()};
  Phone phone{site};
  Mark before;

  std::string after(UnixMs ms) {
    site.clock.advance(std::chrono::milliseconds(ms));
    before = site.mark();
    site.es9->housekeeping(site.tenant(), false);
    return site.told(before);
  }
  nlohmann::json event() {
    return nlohmann::json::parse(site.events({before.event, 0}).front().body);
  }
  std::string notify(const rsp::sgp22::HandleNotificationRequest& request) {
    before = site.mark();
    const std::string answer = say(site.es9->handle_notification(site.tenant(), "test", request));
    return answer + " " + site.told(before);
  }
};

}  // namespace

TEST_CASE("an order that was never downloaded ends by itself and its profile is free again",
          "[smdpplus][R106:part]") {
  Scene scene;
  const OrderAnswer order = scene.site.order();
  CHECK(scene.after(30 * kMinute) == "events: -; usage: -; audit: -");  // the last millisecond
  CHECK(scene.after(1) ==
        "events: downloadOrderExpired; usage: order.expired; audit: order.expired");
  CHECK(scene.event().at("resultCode") == "RSP-4304");
  CHECK(scene.event().at("correlationId").get<std::string>().starts_with("order-"));
  CHECK(scene.site.state(order.iccid) == "Available");
  CHECK_FALSE(scene.site.order_row(order.order_id).open);
  CHECK(scene.after(kMinute) == "events: -; usage: -; audit: -");  // once
  // Somebody else may have it now.
  OrderAnswer next = scene.site.order([&](OrderRequest& request) { request.iccid = order.iccid; });
  CHECK(next.order_id != order.order_id);
}

TEST_CASE("an expired order goes on saying that it expired", "[smdpplus]") {
  Scene scene;
  const OrderAnswer order = scene.site.order();
  scene.after(31 * kMinute);
  const auto answer = scene.phone.initiated();
  CHECK(say(scene.site.es9->authenticate_client(
            scene.site.tenant(), "test",
            scene.phone.authenticate(answer, order.matching_id.text()))) == "8.8.5/4.10");
}

TEST_CASE("a profile whose package left is quarantined when its order expires",
          "[smdpplus][R106:part]") {
  Scene scene;
  const OrderAnswer order = scene.site.order();
  const auto package = scene.phone.bound(order.matching_id.text());
  CHECK(scene.after(31 * kMinute) ==
        "events: downloadOrderExpired profileDownloadResult; usage: order.expired"
        " download.unknown; audit: order.expired download.unknown");
  const auto profile = must(scene.site.ledger().profile(order.iccid));
  CHECK(lifecycle::to_string(profile->state) == "Error");
  CHECK(profile->quarantined);
  CHECK(profile->eid == must(Eid::parse(kAlphaEid)));

  SECTION("until the card says it could not install it") {
    auto result = scene.phone.install(package);
    auto& fields = std::get<rsp::sgp22::ProfileInstallationResult>(result.notification);
    // The card's own word is success; a failure is signed here in its place.
    fields.result = rsp::sgp22::ProfileInstallationResult::Failure{5, 12, {}};
    fields.data.push_back(0);
    fields.signature = scene.phone.sign(fields.data);
    CHECK(scene.notify(result) ==
          "ok events: profileDownloadReconciled; usage: download.failed; audit: "
          "download.reconciled");
    CHECK_FALSE(must(scene.site.ledger().profile(order.iccid))->quarantined);
    CHECK(scene.site.state(order.iccid) == "Error");
  }
  SECTION("or that it did") {
    CHECK(scene.notify(scene.phone.install(package)) ==
          "ok events: profileDownloadReconciled; usage: profile.downloaded; audit: "
          "download.reconciled");
    CHECK(scene.site.state(order.iccid) == "Installed");
    CHECK_FALSE(must(scene.site.ledger().profile(order.iccid))->quarantined);
  }
}

TEST_CASE("an attempt that never fetched a package has its one final event", "[smdpplus][R72]") {
  Scene scene;
  const OrderAnswer order = scene.site.order();
  const auto answer = scene.phone.authenticated(order.matching_id.text());
  CHECK(scene.after(9 * kMinute) == "events: -; usage: -; audit: -");
  CHECK(scene.after(2 * kMinute) ==
        "events: profileDownloadResult; usage: download.abandoned; audit: download.abandoned");
  CHECK(scene.event().at("result") == "FAILED");
  CHECK(scene.event().at("resultCode") == "RSP-4302");
  CHECK(scene.event().at("attempt") == 1);
  CHECK(scene.site.state(order.iccid) == "Released");
  CHECK(must(scene.site.ledger().attempt(answer.transaction_id))->state ==
        ledger::AttemptState::kAbandoned);
}

TEST_CASE("no result in time is UNKNOWN; the card's later word reconciles it", "[smdpplus][R72]") {
  Scene scene;
  const OrderAnswer order = scene.site.order();
  const auto package = scene.phone.bound(order.matching_id.text());
  CHECK(scene.after(21 * kMinute) ==
        "events: profileDownloadResult; usage: download.unknown; audit: download.unknown");
  const auto unknown = scene.event();
  CHECK(unknown.at("result") == "UNKNOWN");
  CHECK(unknown.at("resultCode") == "RSP-5000");
  CHECK(scene.site.state(order.iccid) == "Downloaded");  // the order is still open

  const auto result = scene.phone.install(package);
  CHECK(scene.notify(result) ==
        "ok events: profileDownloadReconciled; usage: profile.downloaded; audit: "
        "download.reconciled");
  CHECK(scene.event().at("supersedes") == unknown.at("eventId"));
  CHECK(scene.event().at("result") == "SUCCESS");
  CHECK(scene.event().at("attempt") == 1);
  CHECK(scene.event().at("correlationId") == unknown.at("correlationId"));
  CHECK(scene.site.state(order.iccid) == "Installed");
  CHECK(scene.notify(result) == "ok events: -; usage: -; audit: -");
}

TEST_CASE("every attempt of a busy order has exactly one final event", "[smdpplus][R72]") {
  Scene scene;
  const OrderAnswer order = scene.site.order();
  const std::string code(order.matching_id.text());
  scene.phone.authenticated(code);              // 1: never fetched
  const auto second = scene.phone.bound(code);  // 2: fetched, installed later
  const auto third = scene.phone.authenticated(code);
  REQUIRE(say(scene.site.es9->cancel_session(scene.site.tenant(), "test",
                                             scene.phone.cancel(third.transaction_id, 0))) ==
          "ok");  // 3: cancelled
  scene.after(31 * kMinute);
  std::map<int, int> finals;
  for (const auto& event : scene.site.events()) {
    if (event.type == "profileDownloadResult") {
      ++finals[nlohmann::json::parse(event.body).at("attempt").get<int>()];
    }
  }
  CHECK(finals == std::map<int, int>{{1, 1}, {2, 1}, {3, 1}});
}

TEST_CASE("each attempt's facts say what it cost, however it ended", "[smdpplus][R111:part]") {
  Scene scene;
  const OrderAnswer order = scene.site.order();
  const std::string code(order.matching_id.text());
  const int before = scene.site.hsm.signatures + scene.site.hsm.agreements;
  scene.phone.bound(code);
  scene.phone.bound(code);  // the same key: re-sent
  scene.after(31 * kMinute);
  std::map<std::string, int> operations;
  int reads = 0;
  for (const auto& fact : must(scene.site.ledger().usage(0, 1000))) {
    const auto attributes = nlohmann::json::parse(fact.attributes_json);
    if (!attributes.contains("hsmOperations")) continue;
    CHECK(fact.subject == order.order_id);
    operations[attributes.at("attempt")] +=
        std::stoi(attributes.at("hsmOperations").get<std::string>());
    if (attributes.contains("storageReads")) ++reads;
  }
  CHECK(operations == std::map<std::string, int>{{"1", 5}, {"2", 3}});
  CHECK(reads == 2);
  // One of them is the key pair, which the cabinet counts neither as signature nor as agreement.
  CHECK(scene.site.hsm.signatures + scene.site.hsm.agreements - before == 5 + 3 - 1);
}

TEST_CASE("a sweep the ledger cannot take is done in the next round", "[smdpplus]") {
  Scene scene;
  const OrderAnswer order = scene.site.order();
  scene.site.clock.advance(std::chrono::milliseconds(31 * kMinute));
  scene.site.ledger().on_commit = [](const ledger::Unit&) {
    return ledger::Refused{ledger::RefusalReason::kUnavailable};
  };
  sweep_orders(scene.site.tenant());
  CHECK(scene.site.state(order.iccid) == "Released");
  scene.site.ledger().on_commit = nullptr;
  sweep_orders(scene.site.tenant());
  CHECK(scene.site.state(order.iccid) == "Available");
}

}  // namespace berth::smdpplus::testing
