#include "kernel/ledger/pending_notifications.h"

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

PendingNotificationRecord pending(const Bytes& octets) { return {sha256(octets), octets, 0}; }

TEST_CASE("pending notifications wait in the order they came, each once", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  CHECK(must(ledger.pending_notification_count()) == 0);
  // Digests fall in another order than the commits.
  std::vector<Bytes> sent;
  for (std::uint8_t i = 0; i < 8; ++i) {
    sent.push_back({0xBF, 0x37, i, 0x00});
    committed(fixture.put({InsertPendingNotification{pending(sent.back())}}));
  }
  CHECK(refused(fixture.put({InsertPendingNotification{pending(sent[3])}})) ==
        RefusalReason::kDuplicate);
  CHECK(must(ledger.pending_notification_count()) == 8);
  const auto queue = must(ledger.pending_notifications(100));
  REQUIRE(queue.size() == 8);
  for (std::size_t i = 0; i < queue.size(); ++i) {
    CHECK(queue[i].notification == sent[i]);
    CHECK(queue[i].digest == sha256(sent[i]));
    CHECK(queue[i].received_ms == kNow);
  }
  CHECK(must(ledger.pending_notifications(3)).size() == 3);
  CHECK(must(ledger.pending_notifications(0)).empty());
}

TEST_CASE("a pending notification is dropped by one of those who deal with it", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  const PendingNotificationRecord one = pending({0xBF, 0x37, 0x00});
  committed(fixture.put({InsertPendingNotification{one}}));
  committed(fixture.put({DropPendingNotification{one.digest}}));
  CHECK(must(ledger.pending_notification_count()) == 0);
  // The second takes nothing with it.
  CHECK(refused(fixture.put({InsertProfile{profile(1)}, DropPendingNotification{one.digest}})) ==
        RefusalReason::kGuard);
  CHECK_FALSE(must(ledger.profile(iccid(1))).has_value());
  committed(fixture.put({InsertPendingNotification{one}}));  // sent again: it may come again
  CHECK(must(ledger.pending_notification_count()) == 1);
}

TEST_CASE("a damaged pending notification is data loss", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  committed(fixture.put({InsertPendingNotification{pending({0x30})}}));
  fixture.tamper("update pending_notification set digest = x'00'");
  CHECK(ledger.pending_notifications(10).error().reason() == "ledger.corrupt_row");
}

}  // namespace
}  // namespace berth::ledger
