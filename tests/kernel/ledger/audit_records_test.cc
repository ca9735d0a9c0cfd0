#include "kernel/ledger/audit_records.h"

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

TEST_CASE("a purge's payload is read back, and nothing that merely looks like one", "[ledger]") {
  CHECK(purge_payload_json(7) == R"({"throughSequence":7})");
  CHECK(purged_through(purge_payload_json(1)) == 1);
  CHECK(purged_through(purge_payload_json(INT64_MAX)) == INT64_MAX);
  for (const std::string_view text :
       {"", "{}", R"({"throughSequence":})", R"({"throughSequence":7)",
        R"({"throughSequence":7,"x":1})", R"({"throughSequence":"7"})", R"({"throughSequence": 7})",
        R"({"throughSequence":9223372036854775808})", R"( {"throughSequence":7})",
        R"({"throughSequence":7}})"}) {
    CAPTURE(text);
    CHECK(purged_through(text) == 0);
  }
}

TEST_CASE("records come in pages, ascending, strictly after", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  for (int i = 1; i <= 5; ++i) {
    committed(ledger.commit(fixture.note("{\"n\":" + std::to_string(i) + "}")));
  }
  const auto session = fixture.look();
  const auto page = audit_records_after(*session, "aurora", 2, 2);
  REQUIRE(page.size() == 2);
  CHECK(page[0].sequence == 3);
  CHECK(page[0].payload == "{\"n\":3}");
  CHECK(page[1].sequence == 4);
  CHECK(audit_records_after(*session, "aurora", 5, 2).empty());
  CHECK(audit_records_after(*session, "aurora", 0, 0).empty());
  CHECK(audit_records_after(*session, "borealis", 0, 9).empty());
  CHECK(audit_about(*session, "aurora", page[0].subject_ref, 9).size() == 5);
  CHECK(audit_about(*session, "aurora", page[0].subject_ref, 1)[0].sequence == 1);
  CHECK(audit_about(*session, "aurora", "' or '1'='1", 9).empty());
}

TEST_CASE("purgeable is the unbroken run from the start", "[ledger][sqlite]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  const auto session = open_sqlite(fixture.file(), Access::kWrite);
  CHECK(last_purgeable(*session, "aurora", kNow) == 0);
  for (const int step_ms : {0, 10, -10, 10}) {  // the third is older than the second
    fixture.clock.advance(std::chrono::milliseconds(step_ms));
    committed(ledger.commit(fixture.note("{}")));
  }
  CHECK(last_purgeable(*session, "aurora", kNow - 1) == 0);
  CHECK(last_purgeable(*session, "aurora", kNow) == 1);
  CHECK(last_purgeable(*session, "aurora", kNow + 10) == 4);
  CHECK(last_purgeable(*session, "borealis", kNow + 10) == 0);

  CHECK(purge_payloads(*session, "borealis", 4, 9) == 0);
  CHECK(purge_payloads(*session, "aurora", 3, 2) == 2);
  CHECK(purge_payloads(*session, "aurora", 3, 2) == 1);
  CHECK(purge_payloads(*session, "aurora", 3, 2) == 0);
  CHECK(audit_records_after(*session, "aurora", 3, 1)[0].payload.has_value());
}

TEST_CASE("a record whose payload no longer fits its commitment is found", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  committed(ledger.commit(fixture.note("{}")));
  committed(ledger.commit(fixture.note("{}")));
  fixture.tamper("update audit_record set payload = '{ }' where sequence = 2");
  CHECK(must(ledger.verify_audit()).first_bad_sequence == 2);
}

}  // namespace
}  // namespace berth::ledger
