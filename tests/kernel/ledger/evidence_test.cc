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

TEST_CASE("the last install of a profile on a card is its highest number", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  CHECK_FALSE(must(ledger.last_install_number(eid(1), iccid(1))).has_value());
  const auto keep = [&](std::uint64_t number, const char* operation, int profile) {
    EvidenceRecord evidence{.eid = eid(1), .sequence_number = number, .operation = operation};
    evidence.iccid = iccid(profile);
    evidence.digest = sha256(as_bytes(std::to_string(number) + operation));
    committed(fixture.put({InsertEvidence{evidence}}));
  };
  keep(7, "install", 1);
  keep(9, "delete", 1);
  keep(8, "install", 2);
  CHECK(must(ledger.last_install_number(eid(1), iccid(1))) == 7);
  CHECK_FALSE(must(ledger.last_install_number(eid(2), iccid(1))).has_value());
  keep(UINT64_MAX, "install", 1);
  keep(11, "install", 1);
  CHECK(must(ledger.last_install_number(eid(1), iccid(1))) == UINT64_MAX);
}

}  // namespace
}  // namespace berth::ledger
