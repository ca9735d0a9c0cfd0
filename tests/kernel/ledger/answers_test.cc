#include "kernel/ledger/answers.h"

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

const IdempotencyKey kKey{"operator", "order", "id-1"};

TEST_CASE("an answer is found again by its whole key, octet for octet", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  CHECK_FALSE(must(ledger.stored_answer(kKey)).has_value());

  Unit unit = fixture.note("{}");
  unit.answer = StoredAnswer{kKey, sha256(as_bytes("request")), {0x00, 0xFF, 0x27, 0x00}};
  committed(ledger.commit(unit));

  const auto found = must(ledger.stored_answer(kKey));
  REQUIRE(found.has_value());
  CHECK(found->key.identifier == "id-1");
  CHECK(found->body_sha256 == sha256(as_bytes("request")));
  CHECK(found->sealed_answer == Bytes{0x00, 0xFF, 0x27, 0x00});
  // Each part of the key counts, and none runs into its neighbour.
  for (const IdempotencyKey& other :
       {IdempotencyKey{"other", "order", "id-1"}, IdempotencyKey{"operator", "cancel", "id-1"},
        IdempotencyKey{"operator", "order", "id-2"}, IdempotencyKey{"operatoro", "rder", "id-1"},
        IdempotencyKey{"operator", "order", ""}, IdempotencyKey{"", "", ""}}) {
    CAPTURE(other.requester, other.function, other.identifier);
    CHECK_FALSE(must(ledger.stored_answer(other)).has_value());
  }
}

TEST_CASE("a second answer to the same key is refused with all it came with",
          "[ledger][R66:part]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  Unit first = fixture.unit({InsertProfile{profile(1)}});
  first.answer = StoredAnswer{kKey, {}, {1}};
  committed(ledger.commit(first));
  Unit second = fixture.unit({InsertProfile{profile(2)}});
  second.answer = StoredAnswer{kKey, {}, {2}};
  CHECK(refused(ledger.commit(second)) == RefusalReason::kAnswered);
  CHECK(must(ledger.stored_answer(kKey))->sealed_answer == Bytes{1});
  CHECK_FALSE(must(ledger.profile(iccid(2))).has_value());
}

TEST_CASE("an answer whose digest was cut short is damage, not an answer", "[ledger]") {
  TenantFixture fixture;
  TenantLedger& ledger = fixture.open();
  Unit unit = fixture.note("{}");
  unit.answer = StoredAnswer{kKey, sha256(as_bytes("request")), {1}};
  committed(ledger.commit(unit));
  fixture.tamper("update stored_answer set body_sha256 = x'00'");
  CHECK(ledger.stored_answer(kKey).error().reason() == "ledger.corrupt_row");
}

}  // namespace
}  // namespace berth::ledger
