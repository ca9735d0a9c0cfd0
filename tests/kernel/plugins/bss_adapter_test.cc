#include "kernel/plugins/bss_adapter.h"

#include <catch2/catch.hpp>

#include "tests/kernel/plugins/draft_fixture.h"

namespace {

using namespace berth;           // NOLINT
using namespace berth::plugins;  // NOLINT
using berth::plugins::testing::reason_of;

BssEvent event(std::uint64_t sequence) {
  return {sequence, 1, 1, 0, "e", "profileBound", "profileBound/1", "{}"};
}

struct Fixture : berth::plugins::testing::DraftFixture {
  std::unique_ptr<BssConnector> connector(const std::string& defect = "{}") {
    return *make_bss_connector(with_defect(defect));
  }
  const std::vector<BssEvent> events{event(3), event(5), event(6)};
  BssBatch batch{"bss", "live", events};
};

}  // namespace

TEST_CASE_METHOD(Fixture, "an order is allowed, denied or held, with its reason", "[plugins]") {
  CHECK(connector()->check_order(op, "{}")->decision == OrderDecision::kAllow);
  CHECK(connector()->check_order(op, "{}")->reason.empty());
  const auto denied = connector("deny")->check_order(op, "{}");
  CHECK(denied->decision == OrderDecision::kDeny);
  CHECK(denied->reason == "bss.limit");
  CHECK(denied->message == "no\\x0Amore");
  CHECK(denied->hold_for_ms == 0);
  CHECK(connector("hold")->check_order(op, "{}")->hold_for_ms == 60000);
  CHECK(reason_of(connector("away")->check_order(op, "{}")) == "bss.away");
}

TEST_CASE_METHOD(Fixture, "a decision that none may give is misbehaviour", "[plugins]") {
  for (const char* defect : {"decision-0", "deny silent", "hold silent", "long-reason"}) {
    INFO(defect);
    CHECK(reason_of(connector(defect)->check_order(op, "{}")) == "plugin.misbehaved");
  }
}

TEST_CASE_METHOD(Fixture, "a delivery tells how far it got, event by event", "[plugins]") {
  const auto all = connector()->deliver(op, batch);
  REQUIRE(all);
  CHECK(all->receipts.size() == 3);
  CHECK_FALSE(all->failure);

  const auto parked = connector("parks-second")->deliver(op, batch);
  REQUIRE(parked->receipts.size() == 3);
  CHECK(parked->receipts[1].verdict == Receipt::kPark);
  CHECK(parked->receipts[1].reason == "bss.away");
  CHECK(parked->receipts[1].message == "gone\\x1B");
  CHECK(parked->receipts[1].retry_after_ms == 0);
  CHECK(parked->receipts[2].verdict == Receipt::kDelivered);

  const auto stopped = connector("stops-at-second")->deliver(op, batch);
  REQUIRE(stopped->receipts.size() == 2);
  CHECK(stopped->receipts[1].verdict == Receipt::kTryLater);
  CHECK(stopped->receipts[1].retry_after_ms == 7);

  const auto failed = connector("fails-at-second")->deliver(op, batch);
  REQUIRE(failed);
  CHECK(failed->receipts.size() == 1);
  REQUIRE(failed->failure);
  CHECK(failed->failure->reason() == "bss.away");
}

TEST_CASE_METHOD(Fixture, "receipts that none may give are misbehaviour", "[plugins]") {
  for (const char* defect : {"short-receipt", "verdict-9", "skips-second", "forgets-rest",
                             "parks-second silent", "stops-at-second goes-on", "one-more"}) {
    INFO(defect);
    CHECK(reason_of(connector(defect)->deliver(op, batch)) == "plugin.misbehaved");
  }
}

TEST_CASE_METHOD(Fixture, "a batch that breaks the rules never reaches the connector",
                 "[plugins]") {
  const auto good = connector("verdict-9");  // would misbehave if it were called
  const auto refused = [&](const BssBatch& bad) {
    return reason_of(good->deliver(op, bad)) == "bss.bad_batch";
  };
  const std::vector<BssEvent> many(1001, event(1));
  CHECK(refused({"bss", "live", {}}));
  CHECK(refused({"bss", "live", many}));
  CHECK(refused({"BSS", "live", events}));
  CHECK(refused({"bss", "../live", events}));
  CHECK(refused({"", "live", events}));
  for (const std::vector<BssEvent>& bad : {std::vector{event(5), event(5)},
                                           {event(5), event(4)},
                                           {event(0)},
                                           {BssEvent{1, 0, 1, 0, "e", "t", "s", "{}"}},
                                           {BssEvent{1, 1, 0, 0, "e", "t", "s", "{}"}}}) {
    CHECK(refused({"bss", "live", bad}));
  }
  CHECK(reason_of(good->deliver(within(std::chrono::milliseconds(-1)), batch)) ==
        "plugin.deadline");
}

TEST_CASE_METHOD(Fixture, "reconciliation goes page by page", "[plugins]") {
  const auto good = connector();
  const auto first = good->reconcile(op, {}, 10);
  REQUIRE(first);
  CHECK(first->records == std::vector<std::string>{"{{"});
  CHECK(first->next_cursor.size() == 4);
  CHECK(good->reconcile(op, first->next_cursor, 10)->next_cursor.empty());
  CHECK(reason_of(good->reconcile(op, {}, 0)) == "bss.bad_page");
  CHECK(reason_of(good->reconcile(op, {}, BssConnector::kMaxRecords + 1)) == "bss.bad_page");
  CHECK(reason_of(good->reconcile(op, Bytes(1025), 1)) == "bss.bad_page");
}

TEST_CASE_METHOD(Fixture, "pages that none may give are misbehaviour", "[plugins]") {
  for (const char* defect : {"huge-record", "too-many", "no-record", "long-cursor"}) {
    INFO(defect);
    CHECK(reason_of(connector(defect)->reconcile(op, {}, 2)) == "plugin.misbehaved");
  }
  const Bytes cursor{'n', 'n', 'n', 'n'};
  CHECK(reason_of(connector("stays")->reconcile(op, cursor, 2)) == "plugin.misbehaved");
}
