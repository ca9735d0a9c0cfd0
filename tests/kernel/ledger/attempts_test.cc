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
  CHECK(read.final_event_id.empty());
  read.ended_ms = kNow + 1;
  read.final_event_id = "e-1";
  read.revision = 2;
  committed(fixture.put({UpdateAttempt{read, 1}}));
  CHECK(refused(fixture.put({UpdateAttempt{read, 1}})) == RefusalReason::kGuard);
  CHECK(must(ledger.attempt(id))->state == AttemptState::kInstalled);
  CHECK(must(ledger.attempt(id))->ended_ms == kNow + 1);
  CHECK(must(ledger.attempt(id))->final_event_id == "e-1");
  CHECK_FALSE(must(ledger.attempt(must(TransactionId::parse_hex("00FE")))).has_value());
  CHECK(refused(fixture.put({InsertAttempt{attempt}})) == RefusalReason::kDuplicate);

  fixture.tamper("update attempt set state = 99");
  CHECK(ledger.attempt(id).error().reason() == "ledger.corrupt_row");
}

struct AttemptsFixture : TenantFixture {
  AttemptsFixture() {
    open();
    committed(put({InsertProfile{profile(1)}, InsertProfile{profile(2)},
                   InsertOrder{order("o-1", 1)}, InsertOrder{order("o-2", 2)}}));
  }
  void add(const std::string& id, const std::string& order_id, std::uint32_t number,
           AttemptState state, UnixMs started_ms) {
    AttemptRecord made{.transaction_id = must(TransactionId::parse_hex(id)),
                       .order_id = order_id,
                       .iccid = iccid(order_id == "o-2" ? 2 : 1),
                       .eid = eid(1)};
    made.number = number;
    made.state = state;
    made.started_ms = started_ms;
    committed(put({InsertAttempt{made}}));
  }
  using Ids = std::vector<std::string>;
  static Ids ids(const std::vector<AttemptRecord>& attempts) {
    Ids found;
    for (const AttemptRecord& one : attempts) found.push_back(one.transaction_id.hex());
    return found;
  }
};

TEST_CASE("an order's attempts come in the order they were counted", "[ledger]") {
  AttemptsFixture fixture;
  fixture.add("03", "o-1", 3, AttemptState::kAuthenticated, kNow);
  fixture.add("09", "o-1", 1, AttemptState::kFailed, kNow + 5);
  fixture.add("05", "o-2", 2, AttemptState::kDelivered, kNow);
  fixture.add("01", "o-1", 2, AttemptState::kCancelled, kNow);
  CHECK(AttemptsFixture::ids(must(fixture.ledger->attempts_of("o-1"))) ==
        AttemptsFixture::Ids{"09", "01", "03"});
  CHECK(must(fixture.ledger->attempts_of("o-3")).empty());
  CHECK(must(fixture.ledger->attempts_of("o-1"))[2].state == AttemptState::kAuthenticated);
}

TEST_CASE("attempts are overdue by state and start, the oldest first", "[ledger]") {
  AttemptsFixture fixture;
  fixture.add("01", "o-1", 1, AttemptState::kDelivered, kNow + 30);
  fixture.add("02", "o-1", 2, AttemptState::kDelivered, kNow + 10);
  fixture.add("03", "o-1", 3, AttemptState::kAuthenticated, kNow + 20);
  fixture.add("04", "o-2", 1, AttemptState::kInstalled, kNow);
  fixture.add("05", "o-2", 2, AttemptState::kUnknown, kNow);
  TenantLedger& ledger = *fixture.ledger;
  const auto overdue = [&](AttemptState state, UnixMs before, std::size_t max) {
    return AttemptsFixture::ids(must(ledger.overdue_attempts(state, before, max)));
  };
  using Ids = AttemptsFixture::Ids;
  CHECK(overdue(AttemptState::kDelivered, kNow + 10, 10).empty());  // strictly before
  CHECK(overdue(AttemptState::kDelivered, kNow + 11, 10) == Ids{"02"});
  CHECK(overdue(AttemptState::kDelivered, kNow + 1000, 10) == Ids{"02", "01"});
  CHECK(overdue(AttemptState::kDelivered, kNow + 1000, 1) == Ids{"02"});
  CHECK(overdue(AttemptState::kAuthenticated, kNow + 1000, 10) == Ids{"03"});
}

TEST_CASE("the deliveries of a profile come from all its orders, the latest first", "[ledger]") {
  AttemptsFixture fixture;
  fixture.add("01", "o-1", 1, AttemptState::kUnknown, kNow);
  fixture.add("02", "o-1", 2, AttemptState::kAbandoned, kNow + 10);
  fixture.add("03", "o-1", 3, AttemptState::kAuthenticated, kNow + 20);
  fixture.add("04", "o-2", 1, AttemptState::kDelivered, kNow + 30);  // another profile
  committed(fixture.put({InsertOrder{[] {
    OrderRecord later = order("o-3", 1);
    later.open = false;
    return later;
  }()}}));
  fixture.add("05", "o-3", 1, AttemptState::kFailed, kNow + 40);
  fixture.add("06", "o-3", 2, AttemptState::kCancelled, kNow + 40);  // within the same millisecond
  fixture.add("07", "o-3", 3, AttemptState::kInstalled, kNow + 50);
  TenantLedger& ledger = *fixture.ledger;
  using Ids = AttemptsFixture::Ids;
  CHECK(AttemptsFixture::ids(must(ledger.deliveries_of(iccid(1), 10))) ==
        Ids{"07", "06", "05", "01"});
  CHECK(AttemptsFixture::ids(must(ledger.deliveries_of(iccid(1), 2))) == Ids{"07", "06"});
  CHECK(must(ledger.deliveries_of(iccid(3), 10)).empty());
}

TEST_CASE("the deliveries of a profile are found without reading other attempts",
          "[ledger][sqlite]") {
  AttemptsFixture fixture;
  const auto session = open_sqlite(fixture.file(), Access::kRead);
  const auto plan = session->query(
      {"explain query plan select * from attempt where tenant_id = 'a' and iccid = 'b'"
       " and state <> 6 and state <> 7 order by started_ms desc, attempt_number desc limit 10",
       "iiit"},
      {});
  REQUIRE_FALSE(plan.empty());
  CHECK(std::get<std::string>(plan[0][3]).find("attempt_of_profile") != std::string::npos);
}

}  // namespace
}  // namespace berth::ledger
