#include "kernel/ledger/apply.h"

#include <atomic>
#include <thread>

#include "kernel/ledger/events.h"
#include "kernel/ledger/head.h"
#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

UpdateProfile moved(ProfileRecord record, lifecycle::ProfileState state) {
  UpdateProfile change{.next = std::move(record), .from_revision = 0};
  change.from_revision = change.next.revision++;
  change.next.state = state;
  return change;
}

TEST_CASE("a unit leaves state, event, usage and audit together", "[ledger][R64:part][R79]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  const Outcome outcome =
      ledger.commit(fixture.unit({InsertProfile{profile(1)}}, {SubjectKind::kProfile, "1"}));
  const Committed& done = committed(outcome);
  CHECK(done.event_sequence == 1);
  CHECK(done.audit_sequence == 1);
  CHECK(done.incarnation == 1);
  CHECK(done.time_ms == kNow);

  const ProfileRecord stored = must(ledger.profile(iccid(1))).value();
  CHECK(stored.created_ms == kNow);
  CHECK(stored.changed_ms == kNow);
  const auto events = must(ledger.events(0, 10));
  REQUIRE(events.size() == 1);
  CHECK(events[0].sequence == 1);
  CHECK(events[0].body == R"({"eventType":"test","sequence":1,"incarnation":1})");
  const auto usage = must(ledger.usage(0, 10));
  REQUIRE(usage.size() == 1);
  CHECK(usage[0].sequence == 1);
  CHECK(usage[0].quantity_milli == 1000);
  const auto audit = must(ledger.audit(0, 10));
  REQUIRE(audit.size() == 1);
  CHECK(audit[0].payload == R"({"by":"test"})");
  CHECK(audit[0].subject_ref.size() == 32);
  const TenantHead head = must(ledger.head());
  CHECK(head.last_event_sequence == 1);
  CHECK(head.last_audit_sequence == 1);
  CHECK(head.last_audit_hash == audit[0].hash);
  require_intact(ledger);
}

TEST_CASE("a refused unit leaves nothing and takes no number", "[ledger][R76][R79]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  committed(fixture.put({InsertProfile{profile(1)}}));
  const TenantHead before = must(ledger.head());

  // The second change fails; the first must not stay.
  const Outcome outcome =
      fixture.put({InsertProfile{profile(2)}, moved(profile(3), lifecycle::ProfileState::kLinked)});
  CHECK(refused(outcome) == RefusalReason::kGuard);
  CHECK(std::get<Refused>(outcome).change == 1);
  CHECK_FALSE(must(ledger.profile(iccid(2))).has_value());
  CHECK(must(ledger.events(0, 10)).size() == 1);
  const TenantHead after = must(ledger.head());
  CHECK(after.last_event_sequence == before.last_event_sequence);
  CHECK(after.last_audit_sequence == before.last_audit_sequence);
  CHECK(committed(fixture.put({InsertProfile{profile(2)}})).event_sequence == 2);
}

TEST_CASE("in a shared batch a refused unit takes back its own writes alone",
          "[ledger][R79][sqlite]") {
  TenantFixture fixture;
  fixture.open();
  fixture.ledger.reset();
  const std::string id = "aurora";
  auto session = open_sqlite(fixture.file(), Access::kWrite);
  session->begin_write();
  TenantHead head = load_head(*session, id);
  const auto apply = [&](std::vector<Change> changes) {
    const UnitPlan plan = plan_unit(id, {fixture.unit(std::move(changes))}, fixture.random);
    return apply_unit(*session, id, kNow, plan, head, Undo::kThisUnit);
  };
  CHECK(apply({InsertProfile{profile(1)}}).wrote);
  CHECK_FALSE(
      apply({InsertProfile{profile(2)}, moved(profile(3), lifecycle::ProfileState::kLinked)})
          .wrote);
  CHECK(apply({InsertProfile{profile(4)}}).wrote);
  REQUIRE(store_head(*session, id, head));
  session->commit();
  session.reset();

  TenantLedger& ledger = fixture.open();
  CHECK(must(ledger.profiles("", 10)).size() == 2);
  CHECK_FALSE(must(ledger.profile(iccid(2))).has_value());
  CHECK(must(ledger.events(0, 10)).back().sequence == 2);
  require_intact(ledger);
}

TEST_CASE(
    "without savepoints a unit that is refused after it wrote asks for the batch to be undone",
    "[ledger][R79][sqlite]") {
  TenantFixture fixture;
  fixture.open();
  fixture.ledger.reset();
  const std::string id = "aurora";
  auto session = open_sqlite(fixture.file(), Access::kWrite);
  session->begin_write();
  TenantHead head = load_head(*session, id);
  const auto apply = [&](const Unit& unit) {
    return apply_unit(*session, id, kNow, plan_unit(id, {unit}, fixture.random), head,
                      Undo::kWholeBatch);
  };
  const Unit good = fixture.unit({InsertProfile{profile(1)}});
  REQUIRE(apply(good).wrote);
  // Nothing was written yet: refused as it stands.
  const UnitResult guard =
      apply(fixture.unit({moved(profile(3), lifecycle::ProfileState::kLinked)}));
  CHECK_FALSE(guard.wrote);
  CHECK(std::get<Refused>(guard.answer).reason == RefusalReason::kGuard);

  const TenantHead before = head;
  CHECK_THROWS_AS(apply(fixture.unit({InsertProfile{profile(2)},
                                      moved(profile(3), lifecycle::ProfileState::kLinked)})),
                  UndoBatch);
  CHECK_THROWS_AS(apply(fixture.unit({InsertProfile{profile(1)}})), UndoBatch);  // taken
  CHECK_THROWS_AS(apply(good), UndoBatch);                                       // sent again
  CHECK(head.last_audit_sequence == before.last_audit_sequence);
  session->rollback();
}

TEST_CASE("one refused unit in a batch changes nothing for its neighbours", "[ledger][R79]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  committed(fixture.put({InsertProfile{profile(1)}}));
  std::vector<Unit> units;
  for (int i = 0; i < 40; ++i) {
    units.push_back(i % 4 == 0 ? fixture.unit({InsertProfile{profile(1000 + i)},
                                               InsertProfile{profile(1)}})  // half way
                               : fixture.unit({InsertProfile{profile(1000 + i)}}));
  }
  std::atomic<int> refusals{0};
  {
    std::vector<std::jthread> threads;
    for (Unit& unit : units) {
      threads.emplace_back([&] {
        if (std::holds_alternative<Refused>(ledger.commit(std::move(unit)))) ++refusals;
      });
    }
  }
  CHECK(refusals == 10);
  CHECK(must(ledger.profiles("", 100)).size() == 1 + 30);
  CHECK(must(ledger.head()).last_event_sequence == 1 + 30);
  require_intact(ledger);
}

TEST_CASE("a row that moved on refuses whoever read it before", "[ledger][R63]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  committed(fixture.put({InsertProfile{profile(1)}}));
  const ProfileRecord read = must(ledger.profile(iccid(1))).value();
  committed(fixture.put({moved(read, lifecycle::ProfileState::kAllocated)}));
  CHECK(refused(fixture.put({moved(read, lifecycle::ProfileState::kLinked)})) ==
        RefusalReason::kGuard);
  CHECK(must(ledger.profile(iccid(1)))->state == lifecycle::ProfileState::kAllocated);
}

TEST_CASE("a taken key is a duplicate", "[ledger]") {
  TenantFixture fixture;
  fixture.open();
  committed(fixture.put({InsertProfile{profile(1)}, InsertDataKey{{1, {1, 2}, 0}}}));
  CHECK(refused(fixture.put({InsertProfile{profile(1)}})) == RefusalReason::kDuplicate);
  CHECK(refused(fixture.put({InsertDataKey{{1, {3}, 0}}})) == RefusalReason::kDuplicate);

  Unit same_event = fixture.unit({});
  const std::string event_id = same_event.event->event_id;
  committed(fixture.ledger->commit(std::move(same_event)));
  Unit again = fixture.unit({});
  again.event->event_id = event_id;
  CHECK(refused(fixture.ledger->commit(std::move(again))) == RefusalReason::kDuplicate);
}

TEST_CASE("a unit that refers to a row that is not there is refused", "[ledger]") {
  TenantFixture fixture;
  fixture.open();
  CHECK(refused(fixture.put({InsertOrder{order("o-1", 1)}})) == RefusalReason::kGuard);
}

TEST_CASE("a re-sent unit gets the first answer and changes nothing",
          "[ledger][R66:part][R70:part]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  const Unit unit = fixture.unit({InsertProfile{profile(1)}});
  const Outcome first = ledger.commit(unit);
  fixture.clock.advance(std::chrono::hours(1));
  const Outcome second = ledger.commit(unit);
  CHECK(committed(second).event_sequence == committed(first).event_sequence);
  CHECK(committed(second).audit_sequence == committed(first).audit_sequence);
  CHECK(committed(second).time_ms == kNow);
  CHECK(must(ledger.head()).last_audit_sequence == 1);
}

TEST_CASE("an idempotency key is answered once, before any guard", "[ledger][R66:part][R68]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  const IdempotencyKey key{"bss", "DownloadOrder", "call-1"};
  const StoredAnswer answer{key, sha256(as_bytes("request")), to_bytes(as_bytes("sealed"))};
  Unit first = fixture.unit({InsertProfile{profile(1)}});
  first.answer = answer;
  committed(ledger.commit(std::move(first)));

  Unit second = fixture.unit({InsertProfile{profile(1)}});
  second.answer = answer;
  const Outcome outcome = ledger.commit(std::move(second));
  CHECK(refused(outcome) == RefusalReason::kAnswered);
  CHECK(std::get<Refused>(outcome).change == 1);

  const auto stored = must(ledger.stored_answer(key));
  REQUIRE(stored.has_value());
  CHECK(stored->body_sha256 == answer.body_sha256);
  CHECK(stored->sealed_answer == answer.sealed_answer);
  for (const IdempotencyKey& other : {IdempotencyKey{"bss2", "DownloadOrder", "call-1"},
                                      IdempotencyKey{"bss", "ConfirmOrder", "call-1"},
                                      IdempotencyKey{"bss", "DownloadOrder", "call-2"}}) {
    CHECK_FALSE(must(ledger.stored_answer(other)).has_value());
  }
}

}  // namespace
}  // namespace berth::ledger
