#include "kernel/smdpplus/notification_inbox.h"

#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {
namespace {

SiteOptions storm() {
  SiteOptions options;
  options.limits.max_verifying = 0;  // every place is taken
  return options;
}

}  // namespace

TEST_CASE("in a storm a notification is taken durably and verified later", "[smdpplus][R79]") {
  Site site(storm());
  Phone phone(site);
  const OrderAnswer order = site.order();
  const auto result = phone.install(phone.bound(order.matching_id.text()));
  Mark before = site.mark();
  CHECK(say(site.es9->handle_notification(site.tenant(), "test", result)) == "ok");
  CHECK(site.told(before) == "events: -; usage: -; audit: notification.deferred");
  CHECK(site.state(order.iccid) == "Downloaded");

  SECTION("the same octets again are one row") {
    before = site.mark();
    CHECK(say(site.es9->handle_notification(site.tenant(), "test", result)) == "ok");
    CHECK(site.told(before) == "events: -; usage: -; audit: -");
    CHECK(must(site.ledger().pending_notification_count()) == 1);
  }
  before = site.mark();
  site.es9->housekeeping(site.tenant(), false);
  CHECK(site.told(before) ==
        "events: profileDownloadResult; usage: profile.downloaded; audit: download.installed "
        "notification.verified_late");
  CHECK(site.state(order.iccid) == "Installed");
  CHECK(must(site.ledger().pending_notification_count()) == 0);
  before = site.mark();
  site.es9->housekeeping(site.tenant(), false);
  CHECK(site.told(before) == "events: -; usage: -; audit: -");
}

TEST_CASE("what does not verify later is dropped and counted", "[smdpplus]") {
  Site site(storm());
  Phone phone(site);
  const OrderAnswer order = site.order();
  auto result = phone.install(phone.bound(order.matching_id.text()));
  auto& fields = std::get<rsp::sgp22::ProfileInstallationResult>(result.notification);
  fields.whole.back() ^= 1;  // the signature's last octet
  CHECK(say(site.es9->handle_notification(site.tenant(), "test", result)) == "ok");
  site.es9->housekeeping(site.tenant(), false);
  CHECK(must(site.ledger().pending_notification_count()) == 0);
  CHECK(site.state(order.iccid) == "Downloaded");
  CHECK(site.es9->refusal_totals(site.tenant().id())
            .count("HandleNotification signature, OID or ICCID do not fit") == 1);
}

TEST_CASE("nothing is lost while the ledger cannot record what was deferred", "[smdpplus][R79]") {
  Site site(storm());
  Phone phone(site);
  const OrderAnswer order = site.order();
  const auto result = phone.install(phone.bound(order.matching_id.text()));
  CHECK(say(site.es9->handle_notification(site.tenant(), "test", result)) == "ok");
  site.ledger().on_commit = [](const ledger::Unit&) {
    return ledger::Refused{ledger::RefusalReason::kUnavailable};
  };
  site.es9->housekeeping(site.tenant(), false);
  CHECK(must(site.ledger().pending_notification_count()) == 1);
  site.ledger().on_commit = nullptr;
  site.es9->housekeeping(site.tenant(), false);
  CHECK(site.state(order.iccid) == "Installed");
}

TEST_CASE("a notification is not acknowledged when it cannot be made durable", "[smdpplus][R79]") {
  Site site(storm());
  Phone phone(site);
  const OrderAnswer order = site.order();
  const auto result = phone.install(phone.bound(order.matching_id.text()));
  site.ledger().on_commit = [](const ledger::Unit&) {
    return ledger::Refused{ledger::RefusalReason::kOverloaded};
  };
  CHECK(say(site.es9->handle_notification(site.tenant(), "test", result)) ==
        "unavailable ledger.overloaded");
}

TEST_CASE("in a storm, what names nothing of this tenant is counted and not kept", "[smdpplus]") {
  Site site(storm());
  Phone phone(site);
  const OrderAnswer order = site.order();
  auto result = phone.install(phone.bound(order.matching_id.text()));
  const Mark before = site.mark();
  auto& fields = std::get<rsp::sgp22::ProfileInstallationResult>(result.notification);
  fields.transaction_id = *TransactionId::from_octets(Bytes(16, 5));
  CHECK(say(site.es9->handle_notification(site.tenant(), "test", result)) == "ok");
  CHECK(site.told(before) == "events: -; usage: -; audit: -");
  CHECK(must(site.ledger().pending_notification_count()) == 0);
}

TEST_CASE("octets beyond what a card sends are not kept", "[smdpplus]") {
  Site site;
  NotificationInbox inbox(0);
  CHECK(say(inbox.defer(site.tenant(), Bytes(kMaxDeferredSize + 1))) ==
        "resource_exhausted notification.backlog");
}

TEST_CASE("what arrives while the backlog is worked off is not forgotten", "[smdpplus][R79]") {
  Site site;
  NotificationInbox inbox(0);
  REQUIRE(say(inbox.defer(site.tenant(), as_bytes("first"))) == "ok");
  inbox.drain(site.tenant(), [&](ByteView) -> Result<void, Failure> {
    static bool more = true;
    if (more) REQUIRE(say(inbox.defer(site.tenant(), as_bytes("second"))) == "ok");
    more = false;
    return {};
  });
  int seen = 0;
  inbox.drain(site.tenant(), [&](ByteView octets) -> Result<void, Failure> {
    CHECK(as_text(octets) == "second");
    ++seen;
    return {};
  });
  CHECK(seen == 1);
}

TEST_CASE("one notification that cannot be recorded does not stop the others", "[smdpplus]") {
  Site site;
  NotificationInbox inbox(0);
  for (const char* octets : {"bad", "good"}) {
    REQUIRE(say(inbox.defer(site.tenant(), as_bytes(octets))) == "ok");
  }
  inbox.drain(site.tenant(), [](ByteView octets) -> Result<void, Failure> {
    if (as_text(octets) == "good") return {};
    return Failure(Error(ErrorCode::kDataLoss, "test.damaged", "test"));
  });
  CHECK(must(site.ledger().pending_notification_count()) == 1);
}

TEST_CASE("a full backlog asks senders to come back", "[smdpplus]") {
  Site site;
  NotificationInbox inbox(0);
  // The tenant's rows as a flood would leave them, without verifying anything.
  for (std::int64_t i = 0; i < kMaxPendingNotifications; ++i) {
    const std::string octets = std::to_string(i);
    ledger::Unit unit;
    unit.commit_id = to_hex(site.random.bytes(16));
    for (int part = 0; part < 100 && i < kMaxPendingNotifications; ++part, ++i) {
      const Bytes body = to_bytes(as_bytes(std::to_string(i)));
      unit.changes.emplace_back(ledger::InsertPendingNotification{{sha256(body), body}});
    }
    --i;
    unit.audit = {"test", {ledger::SubjectKind::kTenant, "alpha"}, "{}"};
    REQUIRE(std::holds_alternative<ledger::Committed>(site.ledger().commit(std::move(unit))));
  }
  CHECK(say(inbox.defer(site.tenant(), as_bytes("one more"))) ==
        "resource_exhausted notification.backlog");
  CHECK(say(inbox.defer(*site.bravo.context, as_bytes("one more"))) == "ok");  // nobody else
}

TEST_CASE("a place is taken while it lives", "[smdpplus]") {
  NotificationInbox inbox(1);
  {
    const auto first = inbox.enter();
    CHECK(static_cast<bool>(first));
    CHECK_FALSE(static_cast<bool>(inbox.enter()));
  }
  CHECK(static_cast<bool>(inbox.enter()));
}

}  // namespace berth::smdpplus::testing
