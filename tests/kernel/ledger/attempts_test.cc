#include "kernel/ledger/attempts.h"

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

TEST_CASE("an attempt keeps what a late install result needs", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  const TransactionId id = must(TransactionId::parse_hex("00FF"));
  AttemptRecord attempt{.transaction_id = id, .order_id = "o-1", .iccid = iccid(1), .eid = eid(1)};
  attempt.euicc_certificate = {0x30, 0x00, 0x00, 0xFF};  // zero octets survive
  attempt.smdp_oid = "1.2.3";
  attempt.number = 2;
  committed(fixture.put(
      {InsertProfile{profile(1)}, InsertOrder{order("o-1", 1)}, InsertAttempt{attempt}}));
  AttemptRecord read = must(ledger.attempt(id)).value();
  CHECK(read.order_id == "o-1");
  CHECK(read.iccid == iccid(1));
  CHECK(read.eid == eid(1));
  CHECK(read.number == 2);
  CHECK(read.state == AttemptState::kDelivered);
  CHECK(read.euicc_certificate == attempt.euicc_certificate);
  CHECK(read.smdp_oid == "1.2.3");
  CHECK(read.started_ms == kNow);
  CHECK(read.ended_ms == 0);

  read.state = AttemptState::kInstalled;
  read.ended_ms = kNow + 1;
  read.revision = 2;
  committed(fixture.put({UpdateAttempt{read, 1}}));
  CHECK(refused(fixture.put({UpdateAttempt{read, 1}})) == RefusalReason::kGuard);
  CHECK(must(ledger.attempt(id))->state == AttemptState::kInstalled);
  CHECK(must(ledger.attempt(id))->ended_ms == kNow + 1);
  CHECK_FALSE(must(ledger.attempt(must(TransactionId::parse_hex("00FE")))).has_value());
  CHECK(refused(fixture.put({InsertAttempt{attempt}})) == RefusalReason::kDuplicate);

  fixture.tamper("update attempt set state = 9");
  CHECK(ledger.attempt(id).error().reason() == "ledger.corrupt_row");
}

}  // namespace
}  // namespace berth::ledger
