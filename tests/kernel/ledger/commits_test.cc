#include "kernel/ledger/commits.h"

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

struct CommitsFixture : TenantFixture {
  std::unique_ptr<Session> session;
  CommitsFixture() {
    open();
    session = open_sqlite(file(), Access::kWrite);
  }
};

TEST_CASE("a commit is found by tenant and id, with or without an event",
          "[ledger][R70:part][sqlite]") {
  CommitsFixture fixture;
  CHECK_FALSE(find_commit(*fixture.session, "aurora", "C1").has_value());
  insert_commit(*fixture.session, "aurora", "C1", {3, 9, 12, kNow});
  insert_commit(*fixture.session, "aurora", "C2", {3, std::nullopt, 13, kNow + 1});

  const auto with_event = find_commit(*fixture.session, "aurora", "C1");
  REQUIRE(with_event.has_value());
  CHECK(with_event->incarnation == 3);
  CHECK(with_event->event_sequence == 9);
  CHECK(with_event->audit_sequence == 12);
  CHECK(with_event->time_ms == kNow);
  const auto without = find_commit(*fixture.session, "aurora", "C2");
  REQUIRE(without.has_value());
  CHECK_FALSE(without->event_sequence.has_value());

  CHECK_FALSE(find_commit(*fixture.session, "borealis", "C1").has_value());
  CHECK_FALSE(find_commit(*fixture.session, "aurora", "c1").has_value());
  CHECK_FALSE(find_commit(*fixture.session, "aurora", "").has_value());
}

TEST_CASE("an id stands for one commit", "[ledger][R66:part][sqlite]") {
  CommitsFixture fixture;
  insert_commit(*fixture.session, "aurora", "C1", {1, 1, 1, kNow});
  CHECK_THROWS_AS(insert_commit(*fixture.session, "aurora", "C1", {1, 2, 2, kNow}),
                  UniqueViolation);
  CHECK(find_commit(*fixture.session, "aurora", "C1")->event_sequence == 1);
}

}  // namespace
}  // namespace berth::ledger
