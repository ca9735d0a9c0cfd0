#include "kernel/ledger/evidence.h"

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

TEST_CASE("a notification is kept once per card and number", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  EvidenceRecord evidence{.eid = eid(1), .sequence_number = 5, .operation = "delete"};
  evidence.iccid = iccid(1);
  evidence.notification = {0xBF, 0x2F};
  evidence.digest = sha256(evidence.notification);
  committed(fixture.put({InsertEvidence{evidence}}));
  CHECK(must(ledger.has_evidence(eid(1), 5, evidence.digest)));
  CHECK_FALSE(must(ledger.has_evidence(eid(1), 6, evidence.digest)));
  CHECK_FALSE(must(ledger.has_evidence(eid(2), 5, evidence.digest)));
  CHECK(refused(fixture.put({InsertEvidence{evidence}})) == RefusalReason::kDuplicate);
  // A card that was reset counts from the beginning: the same number over other octets.
  CHECK_FALSE(must(ledger.has_evidence(eid(1), 5, sha256(Bytes{0x30, 0x00}))));
  EvidenceRecord after_reset = evidence;
  after_reset.notification = {0x30, 0x00};
  after_reset.digest = sha256(after_reset.notification);
  committed(fixture.put({InsertEvidence{after_reset}}));
  evidence.sequence_number = UINT64_MAX;
  committed(fixture.put({InsertEvidence{evidence}}));
  CHECK(must(ledger.has_evidence(eid(1), UINT64_MAX, evidence.digest)));
}

TEST_CASE("what a card signed of a profile comes with the highest number first", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  const auto keep = [&](std::uint64_t number, const char* operation, int card, int profile) {
    EvidenceRecord evidence{.eid = eid(card), .sequence_number = number, .operation = operation};
    evidence.iccid = iccid(profile);
    evidence.notification = to_bytes(as_bytes(std::to_string(number)));
    evidence.digest = sha256(evidence.notification);
    evidence.received_ms = kNow;
    committed(fixture.put({InsertEvidence{evidence}}));
  };
  keep(7, "install", 1, 1);
  keep(UINT64_MAX, "delete", 1, 1);
  keep(9, "delete", 1, 1);
  keep(10, "enable", 1, 1);
  keep(11, "disable", 1, 1);
  keep(8, "install", 1, 2);
  keep(12, "delete", 2, 1);
  const auto found = must(ledger.evidence_of(eid(1), iccid(1), 10));
  REQUIRE(found.size() == 3);
  CHECK(found[0].sequence_number == UINT64_MAX);
  CHECK(found[1].sequence_number == 9);
  CHECK(found[1].operation == "delete");
  CHECK(found[1].notification == to_bytes(as_bytes("9")));
  CHECK(found[1].digest == sha256(as_bytes("9")));
  CHECK(found[1].received_ms == kNow);
  CHECK(found[2].operation == "install");
  CHECK(must(ledger.evidence_of(eid(1), iccid(1), 2)).size() == 2);
  CHECK(must(ledger.evidence_of(eid(3), iccid(1), 10)).empty());
}

TEST_CASE("what a card signed of a profile is found without reading what it signed of others",
          "[ledger][sqlite]") {
  TenantFixture fixture;
  fixture.open();
  const auto session = open_sqlite(fixture.file(), Access::kRead);
  const auto plan = session->query(
      {"explain query plan select * from evidence where tenant_id = 'a' and eid = 'b'"
       " and iccid = 'c' and (operation = 'install' or operation = 'delete')"
       " order by case when sequence_number < 0 then 1 else 0 end desc, sequence_number desc",
       "iiit"},
      {});
  REQUIRE_FALSE(plan.empty());
  CHECK(std::get<std::string>(plan[0][3]).find("evidence_of_profile") != std::string::npos);
}

}  // namespace
}  // namespace berth::ledger
