#include "kernel/smdpplus/commit.h"
#include "kernel/smdpplus/profile_types.h"
#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

using rsp::sgp22::HandleNotificationRequest;
using rsp::sgp22::OtherSignedNotification;
using rsp::sgp22::ProfileInstallationResult;

constexpr const char* kNothing = "events: -; usage: -; audit: -";
constexpr const char* kInstalled =
    "events: profileDownloadResult; usage: profile.downloaded; audit: download.installed";

// A package was delivered and loaded; the card's result is at hand.
struct Scene {
  Scene() : phone(site), order(site.order()) {
    result = phone.install(phone.bound(order.matching_id.text()));
    before = site.mark();
  }
  std::string send(const HandleNotificationRequest& request) {
    return say(site.es9->handle_notification(site.tenant(), "test", request));
  }
  std::string send() { return send(*result); }
  std::uint64_t dropped(const std::string& why) {
    const auto totals = site.es9->refusal_totals(site.tenant().id());
    const auto found = totals.find("HandleNotification " + why);
    return found == totals.end() ? 0 : found->second;
  }

  Site site;
  Phone phone;
  OrderAnswer order;
  std::optional<HandleNotificationRequest> result;
  Mark before;
};

ProfileInstallationResult& install(HandleNotificationRequest& request) {
  return std::get<ProfileInstallationResult>(request.notification);
}
OtherSignedNotification& other(HandleNotificationRequest& request) {
  return std::get<OtherSignedNotification>(request.notification);
}

}  // namespace

TEST_CASE("a signed install result is one commit and ends the order", "[smdpplus][R71:part][R79]") {
  Scene scene;
  CHECK(scene.send() == "ok");
  CHECK(scene.site.told(scene.before) == kInstalled);
  CHECK(scene.site.state(scene.order.iccid) == "Installed");
  CHECK_FALSE(scene.site.order_row(scene.order.order_id).open);
  CHECK(must(scene.site.ledger().attempt(install(*scene.result).transaction_id))->state ==
        ledger::AttemptState::kInstalled);
  CHECK_FALSE(must(scene.site.ledger().binding(scene.order.iccid)).has_value());
  const Eid eid = *Eid::parse(kAlphaEid);
  CHECK(must(scene.site.ledger().has_evidence(eid, install(*scene.result).metadata.sequence_number,
                                              sha256(install(*scene.result).data))));
  CHECK(scene.site.events({scene.before.event, 0}).front().body.find("RSP-2000") !=
        std::string::npos);
}

TEST_CASE("a result that comes again is acknowledged and changes nothing", "[smdpplus][R72:part]") {
  Scene scene;
  CHECK(scene.send() == "ok");
  const Mark after = scene.site.mark();
  CHECK(scene.send() == "ok");
  CHECK(scene.site.told(after) == kNothing);
}

TEST_CASE("downloads that are over take no room from those to come", "[smdpplus][R126]") {
  Site site({.limits = {.max_sessions_per_tenant = 1}});
  Phone phone(site);
  const auto begin = [&] {
    return say(site.es9->initiate_authentication(site.tenant(), "test", phone.initiate()));
  };
  for (int done = 0; done < 3; ++done) {
    const auto order = site.order();
    const auto result = phone.install(phone.bound(order.matching_id.text()));
    CHECK(begin() == "resource_exhausted es9.sessions_exhausted");
    CHECK(say(site.es9->handle_notification(site.tenant(), "test", result)) == "ok");
    CHECK(site.state(order.iccid) == "Installed");
  }
  CHECK(begin() == "ok");
}

TEST_CASE("a result that proves nothing is acknowledged, dropped and counted", "[smdpplus]") {
  Scene scene;
  HandleNotificationRequest request = *scene.result;
  const std::string misfit = "signature, OID or ICCID do not fit";
  SECTION("unknown transaction") {
    install(request).transaction_id = *TransactionId::from_octets(Bytes(16, 5));
    CHECK(scene.send(request) == "ok");
    CHECK(scene.dropped("unknown transaction") == 1);
  }
  SECTION("another tenant's realm") {
    CHECK(say(scene.site.es9->handle_notification(*scene.site.bravo.context, "test", request)) ==
          "ok");
    CHECK(scene.site.told(scene.site.bravo, {}) == kNothing);
  }
  SECTION("altered content") {
    install(request).data.back() ^= 1;
    CHECK(scene.send(request) == "ok");
    CHECK(scene.dropped(misfit) == 1);
  }
  SECTION("altered signature") {
    install(request).signature.front() ^= 1;
    CHECK(scene.send(request) == "ok");
    CHECK(scene.dropped(misfit) == 1);
  }
  SECTION("another card's signature") {
    Phone thief(scene.site, kOtherAlphaEid);
    install(request).signature = thief.sign(install(request).data);
    CHECK(scene.send(request) == "ok");
    CHECK(scene.dropped(misfit) == 1);
  }
  SECTION("another server's OID") {
    install(request).smdp_oid = "2.999.11";
    CHECK(scene.send(request) == "ok");
    CHECK(scene.dropped(misfit) == 1);
  }
  SECTION("another profile's ICCID") {
    install(request).metadata.iccid = *Iccid::parse("8900000000000000007");
    CHECK(scene.send(request) == "ok");
    CHECK(scene.dropped(misfit) == 1);
  }
  CHECK(scene.site.told(scene.before) == kNothing);
  CHECK(scene.site.state(scene.order.iccid) == "Downloaded");
}

TEST_CASE("enable, disable and delete are evidence with an event of their own",
          "[smdpplus][R71:part]") {
  Scene scene;
  CHECK(scene.send() == "ok");
  const struct {
    Result<void> (euicc::Card::*act)(const Iccid&);
    const char* told;
  } kSteps[] = {
      {&euicc::Card::enable_profile,
       "events: profileEnabled; usage: notification.enable; audit: notification.enable"},
      {&euicc::Card::disable_profile,
       "events: profileDisabled; usage: notification.disable; audit: notification.disable"},
      {&euicc::Card::delete_profile,
       "events: profileDeleted; usage: notification.delete; audit: notification.delete"},
  };
  for (const auto& step : kSteps) {
    REQUIRE((scene.phone.card.get()->*step.act)(scene.order.iccid).ok());
    const auto notification = scene.phone.newest_notification();
    const Mark before = scene.site.mark();
    CHECK(scene.send(notification) == "ok");
    CHECK(scene.site.told(before) == step.told);
    CHECK(scene.send(notification) == "ok");
    CHECK(scene.site.told(before) == step.told);
  }
}

TEST_CASE("a notification of somebody else is acknowledged and dropped", "[smdpplus][R6:part]") {
  Scene scene;
  CHECK(scene.send() == "ok");
  REQUIRE(scene.phone.card->enable_profile(scene.order.iccid).ok());
  HandleNotificationRequest request = scene.phone.newest_notification();
  scene.before = scene.site.mark();
  SECTION("altered") {
    other(request).signature.back() ^= 1;
    CHECK(scene.send(request) == "ok");
    CHECK(scene.dropped("signature does not verify") == 1);
  }
  SECTION("a card that does not hold the profile") {
    Phone thief(scene.site, kOtherAlphaEid);
    other(request).euicc_certificate = thief.issued.certificate;
    other(request).signature = thief.sign(other(request).tbs);
    CHECK(scene.send(request) == "ok");
    CHECK(scene.dropped("profile is not on this card") == 1);
  }
  SECTION("no ICCID") {
    other(request).metadata.iccid.reset();
    CHECK(scene.send(request) == "ok");
    CHECK(scene.dropped("no ICCID") == 1);
  }
  SECTION("an ICCID nobody knows") {
    other(request).metadata.iccid = *Iccid::parse("8900000000000000007");
    CHECK(scene.send(request) == "ok");
    CHECK(scene.dropped("profile is not on this card") == 1);
  }
  SECTION("a chain that does not hold") {
    other(request).eum_certificate = scene.site.dp_auth->certificate;
    CHECK(scene.send(request) == "ok");
    CHECK(scene.dropped("card chain 8.1.2/6.1") == 1);
  }
  CHECK(scene.site.told(scene.before) == kNothing);
}

TEST_CASE("a good result is not acknowledged while the ledger cannot take it", "[smdpplus][R79]") {
  Scene scene;
  SECTION("full") {
    scene.site.ledger().on_commit = [](const ledger::Unit&) {
      return ledger::Refused{ledger::RefusalReason::kOverloaded};
    };
    CHECK(scene.send() == "unavailable ledger.overloaded");
  }
  SECTION("never settled") {
    scene.site.ledger().on_commit = [](const ledger::Unit&) {
      return ledger::Refused{ledger::RefusalReason::kGuard};
    };
    CHECK(scene.send() == "aborted ledger.contention");
    CHECK(scene.site.ledger().commits > kMaxDecisions);
  }
  SECTION("unreadable") {
    scene.site.ledger().read_failure = Error(ErrorCode::kUnavailable, "ledger.unavailable", "test");
    CHECK(scene.send() == "unavailable ledger.unavailable");
    scene.site.ledger().read_failure.reset();
  }
  CHECK(scene.site.told(scene.before) == kNothing);
  scene.site.ledger().on_commit = nullptr;
  CHECK(scene.send() == "ok");
  CHECK(scene.site.told(scene.before) == kInstalled);
}

namespace {

// A type whose profiles come back, and a profile of it installed on the phone's card.
struct ReuseScene {
  explicit ReuseScene(const std::string& reuse, int downloads_max) : phone(site) {
    must(define_profile_type(site.tenant(), R"({"name": "again", "serviceProviderName": "Alpha",
        "profileName": "Sample", "owner": {"mccMnc": "00101"}, "reuse": ")" +
                                                reuse + R"(", "downloadsMax": )" +
                                                std::to_string(downloads_max) + "}"));
    ProfileImport import = site.sample_import("again");
    import.service_provider_name.clear();
    import.profile_name.clear();
    import.owner.reset();
    iccid = must(import_profile(site.tenant(), "test", import)).iccid;
  }
  void install() {
    const OrderAnswer order = site.order([&](OrderRequest& request) {
      request.iccid = *iccid;
      request.identifier += site.random.uuid();
    });
    const auto result = phone.install(phone.bound(order.matching_id.text()));
    must(site.es9->handle_notification(site.tenant(), "test", result));
    REQUIRE(site.state(*iccid) == "Installed");
  }
  void remove() {
    REQUIRE(phone.card->delete_profile(*iccid).ok());
    must(site.es9->handle_notification(site.tenant(), "test", phone.newest_notification()));
  }

  Site site;
  Phone phone;
  std::optional<Iccid> iccid;
};

}  // namespace

TEST_CASE("a signed deletion gives the profile back as its type allows", "[smdpplus]") {
  SECTION("to nobody") {
    ReuseScene scene("never", 1);
    scene.install();
    scene.remove();
    CHECK(scene.site.state(*scene.iccid) == "Unavailable");
  }
  SECTION("to the same card alone") {
    ReuseScene scene("sameEid", 3);
    scene.install();
    scene.remove();
    const auto profile = *must(scene.site.ledger().profile(*scene.iccid));
    CHECK(profile.state == lifecycle::ProfileState::kAvailable);
    CHECK(profile.eid == must(Eid::parse(kAlphaEid)));
    CHECK_FALSE(must(scene.site.ledger().available_profile("again")).has_value());
    // Its claim outlives an order for it that expires.
    scene.site.order([&](OrderRequest& request) {
      request.iccid = *scene.iccid;
      request.eid = must(Eid::parse(kAlphaEid));
      request.identifier += scene.site.random.uuid();
    });
    scene.site.clock.advance(std::chrono::hours(2));
    scene.site.es9->housekeeping(scene.site.tenant(), false);
    CHECK(scene.site.state(*scene.iccid) == "Available");
    CHECK(must(scene.site.ledger().profile(*scene.iccid))->eid == must(Eid::parse(kAlphaEid)));
  }
  SECTION("to any card") {
    ReuseScene scene("anyEid", 3);
    scene.install();
    scene.remove();
    CHECK(must(scene.site.ledger().available_profile("again")).has_value());
    scene.install();  // a second life, from a fresh order
    CHECK(must(scene.site.ledger().profile(*scene.iccid))->installations == 2);
  }
  SECTION("as often as it says, and no more") {
    ReuseScene scene("anyEid", 1);
    scene.install();
    scene.remove();
    CHECK(scene.site.state(*scene.iccid) == "Unavailable");
  }
}

TEST_CASE("a deletion frees nothing while another package may be on the card",
          "[smdpplus][R106:part]") {
  ReuseScene scene("anyEid", 5);
  const OrderAnswer order =
      scene.site.order([&](OrderRequest& request) { request.iccid = *scene.iccid; });
  const std::string code(order.matching_id.text());
  const auto send = [&](const HandleNotificationRequest& request) {
    must(scene.site.es9->handle_notification(scene.site.tenant(), "test", request));
  };
  // Installed and deleted, of which the phone says nothing yet; then installed once more.
  const auto first = scene.phone.install(scene.phone.bound(code));
  REQUIRE(scene.phone.card->delete_profile(*scene.iccid).ok());
  const auto deletion = scene.phone.newest_notification();
  const auto second = scene.phone.install(scene.phone.bound(code));
  SECTION("neither result known") {
    send(deletion);
    CHECK(scene.site.state(*scene.iccid) == "Downloaded");
  }
  SECTION("the second result known") {
    send(second);
    send(deletion);
    CHECK(scene.site.state(*scene.iccid) == "Installed");
  }
  SECTION("both results known before the first deletion") {
    send(first);
    send(second);
    send(deletion);  // signed before the second installation
    CHECK(scene.site.state(*scene.iccid) == "Installed");
  }
  SECTION("both known, then deleted for good") {
    send(first);
    send(deletion);  // may be of either: the second package is still unaccounted for
    CHECK(scene.site.state(*scene.iccid) == "Installed");
    send(second);
    REQUIRE(scene.phone.card->delete_profile(*scene.iccid).ok());
    send(scene.phone.newest_notification());
    CHECK(must(scene.site.ledger().available_profile("again")).has_value());
  }
  if (scene.site.state(*scene.iccid) != "Available") {
    CHECK_FALSE(must(scene.site.ledger().available_profile("again")).has_value());
  }
}

TEST_CASE("a profile that took two attempts is given back like any other", "[smdpplus]") {
  ReuseScene scene("anyEid", 5);
  const OrderAnswer order =
      scene.site.order([&](OrderRequest& request) { request.iccid = *scene.iccid; });
  const std::string code(order.matching_id.text());
  scene.phone.bound(code);  // lost on the way
  const auto result = scene.phone.install(scene.phone.bound(code));
  must(scene.site.es9->handle_notification(scene.site.tenant(), "test", result));
  scene.remove();
  CHECK(must(scene.site.ledger().available_profile("again")).has_value());
}

TEST_CASE("a late success of an earlier life leaves the present order alone", "[smdpplus]") {
  ReuseScene scene("sameEid", 5);
  const OrderAnswer first =
      scene.site.order([&](OrderRequest& request) { request.iccid = *scene.iccid; });
  const auto late = scene.phone.install(scene.phone.bound(std::string(first.matching_id.text())));
  scene.remove();  // overtakes the result
  REQUIRE(scene.site.state(*scene.iccid) == "Available");
  const OrderAnswer second = scene.site.order([&](OrderRequest& request) {
    request.iccid = *scene.iccid;
    request.eid = must(Eid::parse(kAlphaEid));
    request.identifier += scene.site.random.uuid();
  });
  const auto package = scene.phone.bound(std::string(second.matching_id.text()));
  must(scene.site.es9->handle_notification(scene.site.tenant(), "test", late));
  CHECK(scene.site.state(*scene.iccid) == "Downloaded");
  CHECK(scene.site.order_row(second.order_id).open);
  const auto result = scene.phone.install(package);
  must(scene.site.es9->handle_notification(scene.site.tenant(), "test", result));
  CHECK(scene.site.state(*scene.iccid) == "Installed");
  CHECK(must(scene.site.ledger().profile(*scene.iccid))->installations == 2);
}

TEST_CASE("a deletion that overtakes its installation counts it, and it is charged once",
          "[smdpplus]") {
  ReuseScene scene("anyEid", 1);
  const OrderAnswer order =
      scene.site.order([&](OrderRequest& request) { request.iccid = *scene.iccid; });
  const auto result = scene.phone.install(scene.phone.bound(std::string(order.matching_id.text())));
  scene.remove();
  CHECK(scene.site.state(*scene.iccid) == "Unavailable");  // its one life is used
  CHECK(must(scene.site.ledger().profile(*scene.iccid))->installations == 1);
  const Mark before = scene.site.mark();
  must(scene.site.es9->handle_notification(scene.site.tenant(), "test", result));
  CHECK(scene.site.told(before) ==
        "events: profileDownloadResult; usage: profile.downloaded; audit: download.installed");
  CHECK(scene.site.state(*scene.iccid) == "Unavailable");
}

TEST_CASE("a tenant may have failed downloads armed again for the same card", "[smdpplus]") {
  SiteOptions options;
  options.configure = [](tenancy::TenantConfiguration& tenant) {
    tenant.rearm_after_error_max = 1;
  };
  Site site(options);
  Phone phone(site);
  const OrderAnswer order = site.order();
  const std::string code(order.matching_id.text());
  const auto fail = [&] {
    auto result = phone.install(phone.bound(code));
    auto& fields = install(result);
    fields.result = ProfileInstallationResult::Failure{5, 12, {}};
    fields.data.push_back(0);  // signed anew in place of the card's success
    fields.signature = phone.sign(fields.data);
    must(site.es9->handle_notification(site.tenant(), "test", result));
  };
  const Mark before = site.mark();
  fail();
  CHECK(site.told(before).find("profileDownloadResult downloadReordered") != std::string::npos);
  CHECK(site.state(order.iccid) == "Released");
  REQUIRE(phone.card->delete_profile(order.iccid).ok());  // it had installed it, really
  fail();
  CHECK(site.state(order.iccid) == "Error");  // once is what the policy allows
}

TEST_CASE("two copies that arrive at once are one effect", "[smdpplus][R72:part]") {
  Scene scene;
  // The other copy is committed between our look and our commit.
  bool first = true;
  scene.site.ledger().on_commit = [&](const ledger::Unit& unit) -> std::optional<ledger::Outcome> {
    if (!first) return std::nullopt;
    first = false;
    ledger::Unit twin = unit;
    twin.commit_id = to_hex(scene.site.random.bytes(16));
    twin.event->event_id = scene.site.random.uuid();
    REQUIRE(std::holds_alternative<ledger::Committed>(
        scene.site.ledger().real().commit(std::move(twin))));
    return std::nullopt;
  };
  CHECK(scene.send() == "ok");
  CHECK(scene.site.told(scene.before) == kInstalled);
}

}  // namespace berth::smdpplus::testing
