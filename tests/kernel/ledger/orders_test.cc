#include "kernel/ledger/orders.h"

#include <array>

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

TEST_CASE("an order comes back as it was put in", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  OrderRecord made = order("o-1", 1);
  made.matching_id = matching_id("CODE-1");
  made.eid = eid(1);
  made.confirmation_code_sha256 = sha256(as_bytes("1234"));
  made.attempts_used = 2;
  made.code_attempts_used = 1;
  made.default_use = true;
  made.requester = "1.2.840";
  made.smds_address = "smds.example";
  committed(fixture.put({InsertProfile{profile(1)}, InsertOrder{made}}));
  const OrderRecord read = must(ledger.order("o-1")).value();
  CHECK(read.iccid == iccid(1));
  CHECK(read.open);
  CHECK(read.matching_id == made.matching_id);
  CHECK(read.eid == made.eid);
  CHECK(read.correlation_id == "c-1");
  CHECK(read.expires_ms == made.expires_ms);
  CHECK(read.attempts_used == 2);
  CHECK(read.attempts_max == 3);
  CHECK(read.confirmation_code_sha256 == made.confirmation_code_sha256);
  CHECK(read.code_attempts_used == 1);
  CHECK(read.code_attempts_max == 3);
  CHECK(read.created_ms == kNow);
  CHECK(read.default_use);
  CHECK(read.requester == "1.2.840");
  CHECK(read.smds_address == "smds.example");
  CHECK_FALSE(must(ledger.order("o-2")).has_value());

  OrderRecord next = read;
  next.default_use = false;
  next.requester = "policy";
  next.smds_address.clear();
  next.revision = 2;
  committed(fixture.put({UpdateOrder{next, 1}}));
  CHECK_FALSE(must(ledger.order("o-1"))->default_use);
  CHECK(must(ledger.order("o-1"))->requester == "policy");
  CHECK(must(ledger.order("o-1"))->smds_address.empty());
}

TEST_CASE("an order that stays in place is refused when it would not", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  OrderRecord made = order("o-1", 1);
  made.matching_id = matching_id("CODE-1");
  committed(fixture.put({InsertProfile{profile(1)}, InsertOrder{made}}));
  const auto put = [&](const std::function<void(OrderRecord&)>& shape) {
    OrderRecord next = must(ledger.order("o-1")).value();
    shape(next);
    next.revision += 1;
    return fixture.put({UpdateOrder{next, next.revision - 1, false, true}});
  };
  const auto guarded = [&](const std::function<void(OrderRecord&)>& shape) {
    const bool is = refused(put(shape)) == RefusalReason::kGuard;
    return is && must(ledger.order("o-1"))->revision == 1;
  };
  CHECK(guarded([](OrderRecord& next) { next.open = false; }));
  CHECK(guarded([](OrderRecord& next) { next.matching_id.reset(); }));
  CHECK(guarded([](OrderRecord& next) { next.matching_id = matching_id("CODE-2"); }));
  CHECK(guarded([](OrderRecord& next) { next.expires_ms += 1; }));
  committed(put([](OrderRecord& next) {
    next.attempts_used = 2;
    next.code_attempts_used = 1;
    next.eid = eid(1);
  }));
  const OrderRecord read = must(ledger.order("o-1")).value();
  CHECK(read.attempts_used == 2);
  CHECK(read.code_attempts_used == 1);
  CHECK(read.eid == eid(1));
  CHECK(read.revision == 2);
  CHECK(read.matching_id == made.matching_id);
  CHECK(read.expires_ms == made.expires_ms);
  CHECK(read.open);
}

TEST_CASE("a MatchingID and a profile have one open order each", "[ledger][R96]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  OrderRecord first = order("o-1", 1);
  first.matching_id = matching_id("CODE");
  committed(
      fixture.put({InsertProfile{profile(1)}, InsertProfile{profile(2)}, InsertOrder{first}}));

  OrderRecord same_code = order("o-2", 2);
  same_code.matching_id = matching_id("CODE");
  CHECK(refused(fixture.put({InsertOrder{same_code}})) == RefusalReason::kDuplicate);
  CHECK(refused(fixture.put({InsertOrder{order("o-3", 1)}})) == RefusalReason::kDuplicate);

  // By an update, too.
  committed(fixture.put({InsertOrder{order("o-4", 2)}}));
  OrderRecord confirmed = must(ledger.order("o-4")).value();
  confirmed.matching_id = matching_id("CODE");
  confirmed.revision = 2;
  CHECK(refused(fixture.put({UpdateOrder{confirmed, 1}})) == RefusalReason::kDuplicate);

  // Once the first is closed both are free again, and the newest answers for the code.
  OrderRecord closed = must(ledger.order("o-1")).value();
  closed.open = false;
  closed.revision = 2;
  committed(fixture.put({UpdateOrder{closed, 1}}));
  CHECK(must(ledger.order_by_matching_id(matching_id("CODE")))->order_id == "o-1");
  committed(fixture.put({UpdateOrder{confirmed, 1}}));
  CHECK(must(ledger.order_by_matching_id(matching_id("CODE")))->order_id == "o-4");
  confirmed.open = false;
  confirmed.revision = 3;
  committed(fixture.put({UpdateOrder{confirmed, 2}}));
  CHECK(must(ledger.order_by_matching_id(matching_id("CODE")))->order_id == "o-4");
  CHECK_FALSE(must(ledger.order_by_matching_id(matching_id("code"))).has_value());
}

TEST_CASE("an order expires by the ledger's clock, inside the commit", "[ledger][R106:part]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  committed(fixture.put({InsertProfile{profile(1)}, InsertOrder{order("o-1", 1)}}));
  OrderRecord next = must(ledger.order("o-1")).value();
  next.attempts_used = 1;
  next.revision = 2;
  fixture.clock.advance(std::chrono::milliseconds(60'000));
  committed(fixture.put({UpdateOrder{next, 1, true}}));  // the last millisecond still counts
  fixture.clock.advance(std::chrono::milliseconds(1));
  next.revision = 3;
  CHECK(refused(fixture.put({UpdateOrder{next, 2, true}})) == RefusalReason::kExpired);
  // A later date in the update itself does not help: what is stored decides.
  next.expires_ms += 100'000;
  CHECK(refused(fixture.put({UpdateOrder{next, 2, true}})) == RefusalReason::kExpired);
  // Who read an older row learns that first.
  CHECK(refused(fixture.put({UpdateOrder{next, 2, false}, UpdateOrder{next, 2, true}})) ==
        RefusalReason::kGuard);
  committed(fixture.put({UpdateOrder{next, 2, false}}));
}

TEST_CASE("an order without a date does not expire", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  OrderRecord made = order("o-1", 1);
  made.expires_ms = 0;
  committed(fixture.put({InsertProfile{profile(1)}, InsertOrder{made}}));
  made = must(ledger.order("o-1")).value();
  made.revision = 2;
  committed(fixture.put({UpdateOrder{made, 1, true}}));
}

TEST_CASE("a default order is the card's oldest open one that may be downloaded", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  const auto put = [&](int number, int card, lifecycle::ProfileState state, bool default_use) {
    ProfileRecord stock = profile(number);
    stock.state = state;
    OrderRecord made = order("o-" + std::to_string(10 - number), number);
    made.eid = eid(card);
    made.default_use = default_use;
    committed(fixture.put({InsertProfile{stock}, InsertOrder{made}}));
  };
  using lifecycle::ProfileState;
  put(1, 1, ProfileState::kReleased, false);  // only reserved: it waits for its confirmation
  put(2, 1, ProfileState::kConfirmed, true);
  put(3, 1, ProfileState::kInstalled, true);
  CHECK(must(ledger.default_order_for(eid(1)))->order_id == "o-8");
  put(4, 1, ProfileState::kDownloaded, true);
  put(5, 1, ProfileState::kReleased, true);
  put(6, 2, ProfileState::kReleased, true);
  CHECK(must(ledger.default_order_for(eid(1)))->order_id == "o-6");
  OrderRecord closed = must(ledger.order("o-6")).value();
  closed.open = false;
  closed.revision = 2;
  committed(fixture.put({UpdateOrder{closed, 1}}));
  CHECK(must(ledger.default_order_for(eid(1)))->order_id == "o-5");
  CHECK(must(ledger.default_order_for(eid(2)))->order_id == "o-4");
  CHECK_FALSE(must(ledger.default_order_for(eid(3))).has_value());
}

TEST_CASE("expired orders are the open ones past their last millisecond, earliest first",
          "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  const std::array<UnixMs, 5> ends = {kNow + 30, kNow + 10, 0, kNow + 20, kNow + 10};
  for (int i = 0; i < 5; ++i) {
    OrderRecord made = order("o-" + std::to_string(i), i + 1);
    made.expires_ms = ends[static_cast<std::size_t>(i)];
    made.open = i != 3;
    committed(fixture.put({InsertProfile{profile(i + 1)}, InsertOrder{made}}));
  }
  const auto ids = [&](UnixMs now, std::size_t max) {
    std::vector<std::string> found;
    for (const OrderRecord& one : must(ledger.expired_orders(now, max))) {
      found.push_back(one.order_id);
    }
    return found;
  };
  using Ids = std::vector<std::string>;
  CHECK(ids(kNow + 10, 10).empty());  // the last millisecond still counts
  CHECK(ids(kNow + 11, 10) == Ids{"o-1", "o-4"});
  CHECK(ids(kNow + 1000, 10) == Ids{"o-1", "o-4", "o-0"});
  CHECK(ids(kNow + 1000, 2) == Ids{"o-1", "o-4"});
}

}  // namespace
}  // namespace berth::ledger
