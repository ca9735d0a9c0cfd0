#include "kernel/ledger/orders.h"

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
  CHECK_FALSE(must(ledger.order("o-2")).has_value());
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

TEST_CASE("a default order is the card's oldest open one without a code", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  for (int i = 1; i <= 4; ++i) {
    OrderRecord made = order("o-" + std::to_string(9 - i), i);
    made.eid = i == 4 ? eid(2) : eid(1);
    if (i == 1) made.matching_id = matching_id("CODE");
    committed(fixture.put({InsertProfile{profile(i)}, InsertOrder{made}}));
  }
  CHECK(must(ledger.default_order_for(eid(1)))->order_id == "o-7");
  OrderRecord closed = must(ledger.order("o-7")).value();
  closed.open = false;
  closed.revision = 2;
  committed(fixture.put({UpdateOrder{closed, 1}}));
  CHECK(must(ledger.default_order_for(eid(1)))->order_id == "o-6");
  CHECK_FALSE(must(ledger.default_order_for(eid(3))).has_value());
}

}  // namespace
}  // namespace berth::ledger
