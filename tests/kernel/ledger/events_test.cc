#include "kernel/ledger/events.h"

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

TEST_CASE("a body is closed by its numbers and not touched otherwise", "[ledger][R76]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  const auto body_of = [&](std::string open) {
    Unit unit = fixture.unit({});
    unit.event->body_open = std::move(open);
    const std::int64_t sequence = committed(ledger.commit(std::move(unit))).event_sequence.value();
    return must(ledger.events(sequence - 1, 1)).at(0).body;
  };
  CHECK(body_of(R"({"b": 1 ,"a":"ü\u00fc","c":"\"\\ ''{,}"})") ==
        R"({"b": 1 ,"a":"ü\u00fc","c":"\"\\ ''{,}","sequence":1,"incarnation":1})");
  fixture.tamper("update tenant_head set last_event_sequence = 9223372036854775806");
  CHECK(body_of(R"({"a":{}})") == R"({"a":{},"sequence":9223372036854775807,"incarnation":1})");
}

TEST_CASE("events and usage come in pages, ascending, strictly after", "[ledger][R76]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  for (int i = 1; i <= 4; ++i) committed(fixture.put({InsertProfile{profile(i)}}));
  const auto events = must(ledger.events(1, 2));
  REQUIRE(events.size() == 2);
  CHECK(events[0].sequence == 2);
  CHECK(events[1].sequence == 3);
  CHECK(events[0].type == "profileStateChanged");
  CHECK(events[0].body == R"({"eventType":"test","sequence":2,"incarnation":1})");
  CHECK(events[0].committed_ms == kNow);
  const auto usage = must(ledger.usage(3, 10));
  REQUIRE(usage.size() == 1);
  CHECK(usage[0].sequence == 4);
  CHECK(usage[0].kind == "profile.changed");
  CHECK(usage[0].quantity_milli == 1000);
  CHECK(usage[0].attributes_json == "{}");
  CHECK(must(ledger.events(4, 10)).empty());
  CHECK(must(ledger.events(INT64_MAX, 10)).empty());
  CHECK(must(ledger.usage(0, 0)).empty());
}

TEST_CASE("an event stays in its tenant, and an id is used once", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  Unit unit = fixture.unit({InsertProfile{profile(1)}});
  committed(ledger.commit(unit));
  const auto session = fixture.look();
  CHECK(events_after(*session, "aurora", 0, 10).size() == 1);
  CHECK(events_after(*session, "borealis", 0, 10).empty());
  CHECK(usage_after(*session, "borealis", 0, 10).empty());

  Unit again = fixture.unit({InsertProfile{profile(2)}});
  again.event->event_id = unit.event->event_id;
  CHECK(std::holds_alternative<Refused>(ledger.commit(again)));
  CHECK(must(ledger.events(0, 10)).size() == 1);
  CHECK_FALSE(must(ledger.profile(iccid(2))).has_value());
}

}  // namespace
}  // namespace berth::ledger
