#include "kernel/ledger/chain_verifier.h"

#include <thread>

#include "kernel/ledger/head.h"
#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

// Three records about two subjects, and one without changes.
void fill(TenantFixture& fixture) {
  committed(fixture.ledger->commit(fixture.note("{\"n\":1}", {SubjectKind::kProfile, "a"})));
  committed(fixture.ledger->commit(fixture.note("{\"n\":2}", {SubjectKind::kEuicc, "b"})));
  committed(fixture.ledger->commit(fixture.note("{\"n\":3}", {SubjectKind::kProfile, "a"})));
}

TEST_CASE("any change to any column of the chain is found", "[ledger]") {
  struct Damage {
    std::string sql;
    std::int64_t at;
  };
  const std::vector<Damage> damages = {
      {"update audit_record set format = 2 where sequence = 2", 2},
      {"update audit_record set incarnation = 2 where sequence = 2", 2},
      {"update audit_record set time_ms = time_ms + 1 where sequence = 2", 2},
      {"update audit_record set type = 'nota' where sequence = 2", 2},
      {"update audit_record set subject_ref = (select subject_ref from audit_record"
       " where sequence = 1) where sequence = 2",
       2},
      {"update audit_record set commit_id = (select commit_id from audit_record"
       " where sequence = 1) where sequence = 2",
       2},
      {"update audit_record set commitment = randomblob(32) where sequence = 2", 2},
      {"update audit_record set hash = randomblob(32) where sequence = 2", 2},
      {"update audit_record set payload = '{\"n\":4}' where sequence = 2", 2},
      {"update audit_record set salt = randomblob(32) where sequence = 2", 2},
      {"update audit_record set payload = null where sequence = 2", 2},
      {"update audit_record set salt = null where sequence = 2", 2},
      {"update audit_record set payload = null, salt = null where sequence = 2", 2},
      {"update audit_record set sequence = 4 where sequence = 3", 3},
      {"delete from audit_record where sequence = 1", 1},
      {"delete from audit_record where sequence = 2", 2},
      {"delete from audit_record where sequence = 3", 3},
      {"update tenant_head set last_audit_sequence = 2", 3},
      {"update tenant_head set last_audit_hash = randomblob(32)", 3},
      {"update tenant_head set last_audit_hash = (select hash from audit_record"
       " where sequence = 2), last_audit_sequence = 2; delete from audit_record where sequence = 2",
       2},
  };
  for (const Damage& damage : damages) {
    CAPTURE(damage.sql);
    TenantFixture fixture;
    TenantLedger& ledger = fixture.open();
    fill(fixture);
    require_intact(ledger);
    fixture.tamper(damage.sql);
    const ChainVerdict verdict = must(ledger.verify_audit());
    CHECK_FALSE(verdict.intact);
    CHECK(verdict.first_bad_sequence == damage.at);
    CHECK_FALSE(verdict.reason.empty());
  }
}

TEST_CASE("every single bit of a stored hash and commitment counts", "[ledger]") {
  TenantFixture fixture;
  fixture.open();
  fill(fixture);
  auto session = fixture.look();
  const std::vector<StoredAudit> records = audit_after(*session, "aurora", 0, 10);
  REQUIRE(records.size() == 3);
  for (std::size_t bit = 0; bit < 256; ++bit) {
    for (const bool commitment : {false, true}) {
      StoredAudit bent = records[0];
      Bytes& octets = commitment ? bent.record.commitment : bent.record.hash;
      octets[bit / 8] = static_cast<std::uint8_t>(octets[bit / 8] ^ (1U << (bit % 8)));
      ChainVerifier verifier("aurora");
      REQUIRE_FALSE(verifier.add(bent));
    }
  }
  ChainVerifier other_chain("borealis");
  CHECK_FALSE(other_chain.add(records[0]));
}

TEST_CASE("an empty chain and one of several pages verify", "[ledger]") {
  TenantFixture fixture;
  fixture.forget_durability();
  TenantLedger& ledger = fixture.open();
  CHECK(must(ledger.verify_audit()).records == 0);
  require_intact(ledger);
  const int count = 1203;
  for (int i = 0; i < count; ++i) committed(ledger.commit(fixture.note("{}")));
  require_intact(ledger);
  CHECK(must(ledger.verify_audit()).records == count);
  fixture.tamper("update audit_record set payload = '{ }' where sequence = 1001");
  CHECK(must(ledger.verify_audit()).first_bad_sequence == 1001);
}

TEST_CASE("a chain that grows while it is verified stays intact", "[ledger]") {
  TenantFixture fixture;
  fixture.forget_durability();
  TenantLedger& ledger = fixture.open();
  for (int i = 0; i < 600; ++i) committed(ledger.commit(fixture.note("{}")));
  std::jthread writing([&](std::stop_token stop) {
    while (!stop.stop_requested()) ledger.commit(fixture.note("{}"));
  });
  for (int i = 0; i < 20; ++i) {
    const ChainVerdict verdict = must(ledger.verify_audit());
    CHECK(verdict.reason == "");
    CHECK(verdict.intact);
  }
}

// A connection that lets something happen just before its n-th transaction.
class InterruptedSession final : public Session {
 public:
  InterruptedSession(std::unique_ptr<Session> inner, int at, std::function<void()> happen)
      : inner_(std::move(inner)), left_(at), happen_(std::move(happen)) {}
  std::int64_t execute(const Statement& statement, std::span<const Value> values) override {
    return inner_->execute(statement, values);
  }
  std::vector<Row> query(const Statement& statement, std::span<const Value> values) override {
    return inner_->query(statement, values);
  }
  void run_script(std::string_view sql) override { inner_->run_script(sql); }
  bool in_transaction() override { return inner_->in_transaction(); }
  void barrier() override { inner_->barrier(); }
  void begin_write() override { inner_->begin_write(); }
  void begin_read() override {
    if (--left_ == 0) happen_();
    inner_->begin_read();
  }
  void commit() override { inner_->commit(); }

 private:
  std::unique_ptr<Session> inner_;
  int left_;
  std::function<void()> happen_;
};

// Verifies a chain of `records` notes while `happen` happens before the second page is read.
ChainVerdict verify_interrupted(TenantFixture& fixture, int records, std::function<void()> happen) {
  fixture.forget_durability();
  fixture.open();
  for (int i = 0; i < records; ++i) committed(fixture.ledger->commit(fixture.note("{}")));
  ReadPool reads(
      [&]() -> std::unique_ptr<Session> {
        return std::make_unique<InterruptedSession>(fixture.look(), 2, happen);
      },
      1);
  return must(verify_chain(reads, "aurora"));
}

TEST_CASE("a purge that begins while the chain is verified does not look like damage", "[ledger]") {
  // The last page ends exactly at the head, so the announcement stands on the one after.
  for (const int records : {1000, 700}) {
    CAPTURE(records);
    TenantFixture fixture;
    const ChainVerdict verdict = verify_interrupted(fixture, records, [&] {
      CHECK(must(fixture.ledger->purge_audit_payload(kNow)) == records);
    });
    INFO(verdict.reason << " at " << verdict.first_bad_sequence);
    CHECK(verdict.intact);
    CHECK(verdict.purged == records - 500);
  }
}

TEST_CASE("payloads deleted while the chain is verified are missed though the chain grew",
          "[ledger]") {
  TenantFixture fixture;
  const ChainVerdict verdict = verify_interrupted(fixture, 1000, [&] {
    fixture.tamper("update audit_record set payload = null, salt = null where sequence = 800");
    committed(fixture.ledger->commit(fixture.note("{}")));
  });
  CHECK_FALSE(verdict.intact);
  CHECK(verdict.first_bad_sequence == 800);
}

TEST_CASE("a pass ends when the records it still waits for are gone", "[ledger]") {
  TenantFixture fixture;
  const ChainVerdict verdict = verify_interrupted(fixture, 600, [&] {
    for (int i = 0; i < 600; ++i) committed(fixture.ledger->commit(fixture.note("{}")));
    fixture.tamper("delete from audit_record where sequence between 501 and 600");
  });
  CHECK_FALSE(verdict.intact);
  CHECK(verdict.first_bad_sequence == 501);
}

TEST_CASE("a record after the head is found where a page ends at the head", "[ledger][sqlite]") {
  TenantFixture fixture;
  fixture.forget_durability();
  TenantLedger& ledger = fixture.open();
  for (int i = 0; i < 500; ++i) committed(ledger.commit(fixture.note("{}")));
  auto session = fixture.look();
  const TenantHead head = load_head(*session, "aurora");
  committed(ledger.commit(fixture.note("{}")));
  session->run_script("pragma query_only=off");
  REQUIRE(store_head(*session, "aurora", head));
  const ChainVerdict verdict = must(ledger.verify_audit());
  CHECK_FALSE(verdict.intact);
  CHECK(verdict.first_bad_sequence == 501);
}

}  // namespace
}  // namespace berth::ledger
