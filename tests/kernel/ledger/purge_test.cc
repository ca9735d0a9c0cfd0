#include "kernel/ledger/purge.h"

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

TEST_CASE("a purge destroys payloads and the chain still verifies", "[ledger][sqlite]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  const Subject card{SubjectKind::kEuicc, "card"};
  for (int i = 0; i < 5; ++i) {
    committed(ledger.commit(fixture.note("{\"who\":\"PURGE-CANARY\"}", card)));
    fixture.clock.advance(std::chrono::seconds(1));
  }
  CHECK(must(ledger.purge_audit_payload(kNow - 1)) == 0);
  CHECK(must(ledger.head()).last_audit_sequence == 5);
  CHECK(must(ledger.purge_audit_payload(kNow + 2000)) == 3);
  require_intact(ledger);
  ChainVerdict verdict = must(ledger.verify_audit());
  CHECK(verdict.purged == 3);
  CHECK(verdict.records == 6);

  const auto records = must(ledger.audit(0, 10));
  REQUIRE(records.size() == 6);
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(records[static_cast<std::size_t>(i)].payload.has_value());
    CHECK_FALSE(records[static_cast<std::size_t>(i)].salt.has_value());
  }
  CHECK(records[3].payload.has_value());
  CHECK(records[5].type == "audit.purged");
  CHECK(records[5].payload == "{\"throughSequence\":3}");
  CHECK(must(ledger.history(std::span(&card, 1))).size() == 5);

  // Twice is once; and the purge's own record stays when the rest goes.
  CHECK(must(ledger.purge_audit_payload(kNow + 2000)) == 0);
  fixture.clock.advance(std::chrono::hours(1));
  CHECK(must(ledger.purge_audit_payload(fixture.clock.now_ms())) == 2);
  require_intact(ledger);
  CHECK(must(ledger.verify_audit()).purged == 5);
  const Subject same = card;
  committed(ledger.commit(fixture.note("{}", same)));
  require_intact(ledger);

  // Nothing is left to read in the file or its log.
  const std::string wal = fixture.file().string() + "-wal";
  CHECK(read_file(fixture.file()).find("PURGE-CANARY") == std::string::npos);
  CHECK(read_file(wal).find("PURGE-CANARY") == std::string::npos);
}

TEST_CASE("only what a purge announced may be missing", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  committed(ledger.commit(fixture.note("{}")));
  fixture.clock.advance(std::chrono::seconds(1));
  committed(ledger.commit(fixture.note("{}")));
  CHECK(must(ledger.purge_audit_payload(kNow)) == 1);
  require_intact(ledger);
  fixture.tamper("update audit_record set payload = null, salt = null where sequence = 2");
  CHECK(must(ledger.verify_audit()).first_bad_sequence == 2);
}

TEST_CASE("a purge that finds nothing to do still scrubs what an earlier one left in the log",
          "[ledger][sqlite]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  committed(ledger.commit(fixture.note("{\"who\":\"PURGE-CANARY\"}")));
  // As a purge does that breaks off before its last step.
  fixture.tamper("update audit_record set payload = null, salt = null");
  const std::string wal = fixture.file().string() + "-wal";
  REQUIRE(read_file(wal).find("PURGE-CANARY") != std::string::npos);
  CHECK(must(ledger.purge_audit_payload(kNow)) == 0);
  CHECK(read_file(wal).find("PURGE-CANARY") == std::string::npos);
  CHECK(read_file(fixture.file()).find("PURGE-CANARY") == std::string::npos);
}

TEST_CASE("a long purge goes in steps and is finished", "[ledger]") {
  TenantFixture fixture;
  fixture.forget_durability();
  TenantLedger& ledger = fixture.open();
  for (int i = 0; i < 2300; ++i) committed(ledger.commit(fixture.note("{}")));
  CHECK(must(ledger.purge_audit_payload(kNow)) == 2300);
  require_intact(ledger);
}

TEST_CASE("a clock set back does not purge what is younger in between", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  committed(ledger.commit(fixture.note("{}")));
  fixture.clock.advance(std::chrono::seconds(10));
  committed(ledger.commit(fixture.note("{}")));
  fixture.clock.advance(std::chrono::seconds(-10));
  committed(ledger.commit(fixture.note("{}")));
  CHECK(must(ledger.purge_audit_payload(kNow + 5000)) == 1);
  require_intact(ledger);
}

}  // namespace
}  // namespace berth::ledger
