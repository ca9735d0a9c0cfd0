#include "kernel/ledger/head.h"

#include "kernel/ledger/audit_chain.h"
#include "kernel/ledger/migrations.h"
#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

struct HeadFixture {
  ScratchFolder folder;
  std::unique_ptr<Session> session;
  HeadFixture() {
    const std::filesystem::path file = folder.path() / "t.db";
    REQUIRE(ensure_file(file).ok());
    session = open_sqlite(file, Access::kWrite);
    REQUIRE(migrate(*session, "tenant", tenant_migrations(), kNow).ok());
  }
};

TEST_CASE("the first head names its chain and every take-over raises the epoch",
          "[ledger][sqlite]") {
  HeadFixture fixture;
  CHECK_THROWS_AS(load_head(*fixture.session, "aurora"), CorruptRow);
  CHECK_FALSE(has_head(*fixture.session, "aurora"));
  const TenantHead first = take_over_head(*fixture.session, "aurora");
  CHECK(first.epoch == 1);
  CHECK(first.incarnation == 1);
  CHECK(first.last_event_sequence == 0);
  CHECK(first.last_audit_sequence == 0);
  CHECK(first.last_audit_hash == to_bytes(genesis_hash("aurora")));
  CHECK(take_over_head(*fixture.session, "aurora").epoch == 2);
  CHECK(load_head(*fixture.session, "aurora").epoch == 2);
  CHECK(has_head(*fixture.session, "aurora"));
  CHECK_FALSE(has_head(*fixture.session, "borealis"));
}

TEST_CASE("only the writer of the present epoch moves the head", "[ledger][sqlite]") {
  HeadFixture fixture;
  TenantHead old_head = take_over_head(*fixture.session, "aurora");
  TenantHead head = take_over_head(*fixture.session, "aurora");
  old_head.last_event_sequence = 99;
  CHECK_FALSE(store_head(*fixture.session, "aurora", old_head));
  head.last_event_sequence = 5;
  head.last_audit_sequence = 6;
  head.last_audit_hash = Bytes(32, 7);
  CHECK(store_head(*fixture.session, "aurora", head));
  CHECK_FALSE(store_head(*fixture.session, "borealis", head));
  const TenantHead read = load_head(*fixture.session, "aurora");
  CHECK(read.last_event_sequence == 5);
  CHECK(read.last_audit_sequence == 6);
  CHECK(read.last_audit_hash == Bytes(32, 7));
}

TEST_CASE("another tenant's file is not taken over, and stays as it was", "[ledger][sqlite]") {
  HeadFixture fixture;
  take_over_head(*fixture.session, "aurora");
  CHECK_THROWS_AS(take_over_head(*fixture.session, "borealis"), CorruptRow);
  CHECK_FALSE(fixture.session->in_transaction());
  CHECK(load_head(*fixture.session, "aurora").epoch == 1);
  CHECK_THROWS_AS(load_head(*fixture.session, "borealis"), CorruptRow);
}

}  // namespace
}  // namespace berth::ledger
