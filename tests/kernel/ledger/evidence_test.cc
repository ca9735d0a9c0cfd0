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

}  // namespace
}  // namespace berth::ledger
