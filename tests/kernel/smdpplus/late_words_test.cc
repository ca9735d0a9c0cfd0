// Words of cards that come late: after what they led to was told, after another order was made, or
// after the profile has left the card (docs/decisions/quarantine.md).

#include "kernel/smdpplus/profile_types.h"
#include "tests/kernel/smdpplus/card_words.h"

namespace berth::smdpplus::testing {
namespace {

using euicc::NotificationEvent;
using rsp::sgp22::HandleNotificationRequest;

// A profile any card may have again, and an order for it.
struct Scene {
  explicit Scene(const SiteOptions& options = {}, const std::string& reuse = "anyEid")
      : site(options), phone(site) {
    must(define_profile_type(site.tenant(), R"({"name": "again", "serviceProviderName": "Alpha",
        "profileName": "Sample", "downloadsMax": 5, "reuse": ")" +
                                                reuse + R"("})"));
    ProfileImport import = site.sample_import("again");
    import.service_provider_name.clear();
    import.profile_name.clear();
    import.owner.reset();
    iccid = must(import_profile(site.tenant(), "test", import)).iccid;
    order = site.order([&](OrderRequest& request) { request.iccid = *iccid; });
  }
  TransactionId deliver() { return deliver(phone); }
  TransactionId deliver(Phone& to) {
    return to.bound(std::string(order->matching_id.text())).transaction_id;
  }
  void send(const HandleNotificationRequest& request) {
    must(site.es9->handle_notification(site.tenant(), "test", request));
  }
  void say_result(std::uint64_t number, const TransactionId& session, const Bytes& outcome) {
    send(result_word(phone, number, session, *iccid, outcome));
  }
  void say_deleted(std::uint64_t number) {
    send(event_word(phone, number, NotificationEvent::kDelete, *iccid));
  }
  void expire_and_reorder() {
    site.clock.advance(std::chrono::hours(2));
    site.es9->housekeeping(site.tenant(), false);
    REQUIRE(state() == "Error quarantined");
    ReorderRequest wish;
    wish.call = {"test", site.random.uuid(), iccid->text()};
    order = must(reorder(site.tenant(), wish));
  }
  std::string state() {
    return site.state(*iccid) +
           (must(site.ledger().profile(*iccid))->quarantined ? " quarantined" : "");
  }

  Site site;
  Phone phone;
  std::optional<Iccid> iccid;
  std::optional<OrderAnswer> order;
};

}  // namespace

TEST_CASE("a deletion told before its installation ends that one when its word comes",
          "[smdpplus][R72:part]") {
  Scene scene;
  scene.deliver();  // never reached the card
  const TransactionId session = scene.deliver();
  scene.say_deleted(2);
  CHECK(scene.state() == "Downloaded quarantined");  // of which of the two, nobody can tell
  const Mark before = scene.site.mark();
  scene.say_result(1, session, installed());
  CHECK(scene.site.told(before) ==
        "events: profileDownloadResult; usage: profile.downloaded; audit: download.installed");
  CHECK(scene.state() == "Available");
  CHECK(must(scene.site.ledger().profile(*scene.iccid))->installations == 1);
  CHECK_FALSE(scene.site.order_row(scene.order->order_id).open);
  CHECK_FALSE(must(scene.site.ledger().binding(*scene.iccid)).has_value());
}

TEST_CASE("a failure that was signed after a deletion does not hide it", "[smdpplus]") {
  Scene scene;
  const TransactionId first = scene.deliver();
  const TransactionId second = scene.deliver();
  scene.say_result(1, first, installed());
  scene.say_result(3, second, failed_for_good());
  CHECK(scene.state() == "Installed");
  scene.say_deleted(2);
  CHECK(scene.state() == "Available");
}

TEST_CASE("a card that has the ICCID already is believed, and so is its later deletion",
          "[smdpplus][R106:part]") {
  Scene scene;
  const TransactionId first = scene.deliver();
  const TransactionId second = scene.deliver();
  scene.say_result(2, second, there_already());
  CHECK(scene.state() == "Error quarantined");
  SECTION("deleted before: of an earlier installation") {
    scene.say_deleted(1);
    CHECK(scene.state() == "Error quarantined");
  }
  SECTION("deleted after") {
    scene.say_deleted(3);
    CHECK(scene.state() == "Available");
    scene.say_result(1, first, installed());  // what it was about
    CHECK(scene.state() == "Available");
  }
}

TEST_CASE("the success of an order before is the profile's, and a deletion frees it",
          "[smdpplus][R106:part]") {
  Scene scene;
  const TransactionId first = scene.deliver();
  scene.expire_and_reorder();
  SECTION("nothing was sent since") {
    scene.say_result(1, first, installed());
    CHECK(scene.state() == "Installed");
    CHECK_FALSE(scene.site.order_row(scene.order->order_id).open);
    scene.say_deleted(2);
    CHECK(scene.state() == "Available");
  }
  SECTION("a package was sent since that may be there besides") {
    const TransactionId second = scene.deliver();
    scene.say_result(1, first, installed());
    CHECK(scene.state() == "Installed quarantined");
    scene.say_deleted(2);
    CHECK(scene.state() == "Installed quarantined");
    scene.say_result(3, second, failed_for_now());
    CHECK(scene.state() == "Available");
  }
  SECTION("deleted before the new order fetches anything") {
    scene.say_deleted(2);
    CHECK(scene.state() == "Released");
    CHECK(scene.site.order_row(scene.order->order_id).open);
    const TransactionId second = scene.deliver();
    scene.say_result(1, first, installed());  // charged, but of no effect any more
    scene.say_result(3, second, installed());
    CHECK(scene.state() == "Installed");
  }
}

TEST_CASE("a late failure of an order before lifts the quarantine of the one that follows",
          "[smdpplus][R106:part]") {
  Scene scene;
  const TransactionId first = scene.deliver();
  scene.expire_and_reorder();
  CHECK(scene.state() == "Released quarantined");
  SECTION("nothing was sent since") {
    scene.say_result(1, first, failed_for_good());
    CHECK(scene.state() == "Released");
    CHECK(scene.site.order_row(scene.order->order_id).open);
    must(cancel_order(scene.site.tenant(), {"test", "back", scene.iccid->text()}, true));
    CHECK(scene.state() == "Available");
  }
  SECTION("a package was sent since") {
    const TransactionId second = scene.deliver();
    scene.say_result(1, first, failed_for_good());
    CHECK(scene.state() == "Downloaded quarantined");
    scene.say_result(2, second, failed_before_the_look());
    CHECK(scene.state() == "Error");
  }
  SECTION("a package was sent since, whose word came first") {
    const TransactionId second = scene.deliver();
    scene.say_result(2, second, failed_before_the_look());
    CHECK(scene.state() == "Error quarantined");
    scene.say_result(1, first, failed_for_good());
    CHECK(scene.state() == "Error");
  }
}

TEST_CASE("a profile without a further life is not freed under an order armed over it",
          "[smdpplus][R106:part]") {
  Scene scene({}, "never");
  scene.deliver();
  scene.expire_and_reorder();
  scene.say_deleted(2);
  CHECK(scene.state() == "Released quarantined");
}

TEST_CASE("a word of a life before leaves the present one alone", "[smdpplus]") {
  Scene scene({}, "sameEid");
  const TransactionId lost = scene.deliver();
  scene.say_deleted(2);
  REQUIRE(scene.state() == "Available");
  scene.site.clock.advance(std::chrono::minutes(1));
  scene.order = scene.site.order([&](OrderRequest& request) {
    request.iccid = *scene.iccid;
    request.eid = must(Eid::parse(kAlphaEid));
    request.identifier += scene.site.random.uuid();
  });
  const TransactionId session = scene.deliver();
  SECTION("its success") {
    scene.say_result(1, lost, installed());
    CHECK(scene.state() == "Downloaded quarantined");
    CHECK(scene.site.order_row(scene.order->order_id).open);
  }
  SECTION("its deletion, when a package of this one fails") {
    scene.say_result(3, session, failed_before_the_look());
    CHECK(scene.state() == "Error");  // and not given back for a deletion that is used up
    CHECK(must(scene.site.ledger().profile(*scene.iccid))->installations == 1);
  }
}

TEST_CASE("what a card tells of a profile that has left it is evidence, and no more",
          "[smdpplus]") {
  Scene scene;
  const TransactionId session = scene.deliver();
  scene.say_result(1, session, installed());
  scene.say_deleted(4);
  REQUIRE(scene.state() == "Available");
  const auto enabled = event_word(scene.phone, 2, NotificationEvent::kEnable, *scene.iccid);
  const auto disabled = event_word(scene.phone, 3, NotificationEvent::kDisable, *scene.iccid);
  const auto revision = must(scene.site.ledger().profile(*scene.iccid))->revision;
  const Mark before = scene.site.mark();
  SECTION("while nobody has it") {
    scene.send(disabled);
    scene.send(enabled);
    scene.send(disabled);  // once more
    CHECK(scene.site.told(before) ==
          "events: -; usage: -; audit: notification.late notification.late");
    CHECK(scene.site.audit(before).front().payload->find(R"("operation":"disable")") !=
          std::string::npos);
    CHECK(must(scene.site.ledger().profile(*scene.iccid))->revision == revision);
  }
  SECTION("while another card has it") {
    Phone second(scene.site, kOtherAlphaEid);
    scene.order = scene.site.order([&](OrderRequest& request) {
      request.iccid = *scene.iccid;
      request.identifier += scene.site.random.uuid();
    });
    scene.deliver(second);
    scene.send(enabled);
    scene.say_deleted(5);
    CHECK(scene.state() == "Downloaded quarantined");
    CHECK(scene.site.told(before).ends_with("notification.late notification.late"));
    CHECK(must(scene.site.ledger().evidence_of(must(Eid::parse(kAlphaEid)), *scene.iccid, 10))
              .size() == 3);
  }
  SECTION("and of a card that never had it nothing is kept") {
    Phone stranger(scene.site, kOtherAlphaEid);
    scene.send(event_word(stranger, 1, NotificationEvent::kEnable, *scene.iccid));
    CHECK(scene.site.told(before) == "events: -; usage: -; audit: -");
  }
}

TEST_CASE("in a storm the words of a card that had the profile are kept, too", "[smdpplus]") {
  SiteOptions options;
  options.limits.max_verifying = 0;  // everything is deferred
  Scene scene(options);
  const auto settle_down = [&] { scene.site.es9->housekeeping(scene.site.tenant(), false); };
  scene.say_result(1, scene.deliver(), installed());
  scene.say_deleted(3);
  settle_down();
  REQUIRE(scene.state() == "Available");
  const Mark before = scene.site.mark();
  scene.send(event_word(scene.phone, 2, NotificationEvent::kEnable, *scene.iccid));
  CHECK(scene.site.told(before) == "events: -; usage: -; audit: notification.deferred");
  settle_down();
  CHECK(scene.site.told(before) ==
        "events: -; usage: -; audit: notification.deferred notification.late"
        " notification.verified_late");
}

TEST_CASE("an order that policy is to arm again is armed again after a crash in between",
          "[smdpplus][R107:part]") {
  SiteOptions options;
  options.configure = [](tenancy::TenantConfiguration& tenant) {
    tenant.rearm_after_error_max = 1;
  };
  Scene scene(options);
  const TransactionId session = scene.deliver();
  // The host dies behind the commit of the failure: nothing more is written.
  int commits = 0;
  scene.site.ledger().on_commit = [&](const ledger::Unit&) -> std::optional<ledger::Outcome> {
    if (++commits == 1) return std::nullopt;
    return ledger::Refused{ledger::RefusalReason::kUnavailable};
  };
  scene.say_result(1, session, failed_for_good());
  REQUIRE(commits == 2);
  REQUIRE(scene.state() == "Error");
  scene.site.ledger().on_commit = nullptr;
  scene.site.es9->housekeeping(scene.site.tenant(), false);
  CHECK(scene.state() == "Released");
  CHECK(must(scene.site.ledger().pending_notification_count()) == 0);
  const auto again =
      scene.site.order_row(must(scene.site.ledger().profile(*scene.iccid))->order_id);
  CHECK(again.order_id != scene.order->order_id);
  CHECK(again.requester == "policy");
  scene.site.es9->housekeeping(scene.site.tenant(), false);  // once
  CHECK(must(scene.site.ledger().profile(*scene.iccid))->order_id == again.order_id);
}

TEST_CASE("a reminder outlives what it reminds of, and goes", "[smdpplus]") {
  const std::uint32_t allowed = GENERATE(0U, 1U);
  SiteOptions options;
  options.configure = [&](tenancy::TenantConfiguration& tenant) {
    tenant.rearm_after_error_max = allowed;
  };
  Scene scene(options);
  scene.say_result(1, scene.deliver(), failed_for_good());
  CHECK(scene.state() == (allowed == 0 ? "Error" : "Released"));
  CHECK(must(scene.site.ledger().pending_notification_count()) == allowed);
  scene.site.es9->housekeeping(scene.site.tenant(), false);
  CHECK(must(scene.site.ledger().pending_notification_count()) == 0);
  CHECK(scene.state() == (allowed == 0 ? "Error" : "Released"));
}

}  // namespace berth::smdpplus::testing
