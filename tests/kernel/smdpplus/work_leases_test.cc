#include "kernel/smdpplus/work_leases.h"

#include "tests/kernel/ledger/common_rows.h"

namespace berth::smdpplus {
namespace {

using ledger::testing::CommonRows;
using std::chrono::milliseconds;

const TenantId kAlpha = *TenantId::parse("alpha");
const TenantId kBravo = *TenantId::parse("bravo");

// Nodes whose clocks show different times and go at the same speed.
struct Nodes {
  CommonRows rows;
  SystemRandom random;
  ManualClock clock_a{1'000'000};
  ManualClock clock_b{77};
  SharedWorkLeases a{ledger::WorkerLeaseRows(rows.node()), clock_a, random};
  SharedWorkLeases b{ledger::WorkerLeaseRows(rows.node()), clock_b, random};

  void pass(milliseconds time) {
    clock_a.advance(time);
    clock_b.advance(time);
  }
  // Time goes by while `a` asks every now and then, as a worker does.
  void pass_working(milliseconds time) {
    for (milliseconds gone{0}; gone < time; gone += kLeasePoll) {
      pass(kLeasePoll);
      REQUIRE(a.hold(kAlpha, kReportWork));
      CHECK_FALSE(b.hold(kAlpha, kReportWork));
    }
  }
};

}  // namespace

TEST_CASE("a host's only node does everything", "[smdpplus]") {
  SoleNode node;
  CHECK(node.hold(kAlpha, kReportWork));
  node.give_up(kAlpha, kReportWork);
  CHECK(node.hold(kAlpha, kReportWork));
}

TEST_CASE("one node does a tenant's work as long as it goes on asking", "[smdpplus]") {
  Nodes nodes;
  CHECK(nodes.a.hold(kAlpha, kReportWork));
  CHECK_FALSE(nodes.b.hold(kAlpha, kReportWork));
  CHECK(nodes.b.hold(kAlpha, kNotificationWork));
  CHECK(nodes.b.hold(kBravo, kReportWork));
  nodes.pass_working(std::chrono::minutes(10));
}

TEST_CASE("the work of a node that died is taken over when its lease has lapsed, not before",
          "[smdpplus]") {
  Nodes nodes;
  REQUIRE(nodes.a.hold(kAlpha, kReportWork));
  nodes.pass(std::chrono::hours(5));  // however long it was before the other one looked
  CHECK_FALSE(nodes.b.hold(kAlpha, kReportWork));
  nodes.pass(kLeaseLength - milliseconds(1));
  CHECK_FALSE(nodes.b.hold(kAlpha, kReportWork));
  nodes.pass(kLeasePoll);
  CHECK(nodes.b.hold(kAlpha, kReportWork));
  // The dead one was asleep.
  CHECK_FALSE(nodes.a.hold(kAlpha, kReportWork));
  CHECK(nodes.b.hold(kAlpha, kReportWork));
}

TEST_CASE("a lease that is given up is taken over at the next look", "[smdpplus]") {
  Nodes nodes;
  REQUIRE(nodes.a.hold(kAlpha, kReportWork));
  CHECK_FALSE(nodes.b.hold(kAlpha, kReportWork));
  nodes.a.give_up(kAlpha, kReportWork);
  nodes.b.give_up(kAlpha, kReportWork);            // was never its own
  CHECK_FALSE(nodes.b.hold(kAlpha, kReportWork));  // looked a moment ago
  nodes.pass(kLeasePoll);
  CHECK(nodes.b.hold(kAlpha, kReportWork));
  CHECK_FALSE(nodes.a.hold(kAlpha, kReportWork));
}

TEST_CASE("whoever waits asks the rows every few seconds, whoever holds to renew", "[smdpplus]") {
  Nodes nodes;
  REQUIRE(nodes.a.hold(kAlpha, kReportWork));
  REQUIRE_FALSE(nodes.b.hold(kAlpha, kReportWork));
  const int before = nodes.rows.transactions;
  for (int i = 0; i < 100; ++i) {
    CHECK(nodes.a.hold(kAlpha, kReportWork));
    CHECK_FALSE(nodes.b.hold(kAlpha, kReportWork));
  }
  CHECK(nodes.rows.transactions == before);
}

TEST_CASE("a node that cannot renew stops in time, and goes on when it can again", "[smdpplus]") {
  Nodes nodes;
  REQUIRE(nodes.a.hold(kAlpha, kReportWork));
  REQUIRE_FALSE(nodes.b.hold(kAlpha, kReportWork));
  nodes.rows.unreachable = true;
  nodes.pass(kLeaseLength - kLeaseReserve);
  CHECK(nodes.a.hold(kAlpha, kReportWork));
  nodes.pass(milliseconds(1));
  CHECK_FALSE(nodes.a.hold(kAlpha, kReportWork));  // a report of its might outlive the lease
  CHECK_FALSE(nodes.b.hold(kAlpha, kReportWork));
  nodes.rows.unreachable = false;
  CHECK(nodes.a.hold(kAlpha, kReportWork));
  nodes.pass_working(std::chrono::minutes(2));
}

TEST_CASE("a lease whose answer was lost is the one's who got it", "[smdpplus]") {
  Nodes nodes;
  // The look says there is none yet, the insert's answer is lost.
  const auto lose_second = [&](SharedWorkLeases& node) {
    nodes.rows.lose_answer_of = nodes.rows.transactions + 2;
    return node.hold(kAlpha, kReportWork);
  };
  CHECK_FALSE(lose_second(nodes.a));
  nodes.pass(kLeasePoll);
  CHECK_FALSE(nodes.b.hold(kAlpha, kReportWork));
  CHECK(nodes.a.hold(kAlpha, kReportWork));
  // A renewal's: it counts as if it had failed, until the rows say whose it is.
  nodes.pass(kLeaseRenewal);
  CHECK(lose_second(nodes.a));
  CHECK(nodes.a.hold(kAlpha, kReportWork));
  nodes.pass_working(std::chrono::minutes(2));
}

TEST_CASE("a lease that vanished with a restored database is got anew by one", "[smdpplus]") {
  Nodes nodes;
  REQUIRE(nodes.a.hold(kAlpha, kReportWork));
  REQUIRE_FALSE(nodes.b.hold(kAlpha, kReportWork));
  nodes.rows.tamper("delete from worker_lease");
  nodes.pass(kLeaseRenewal);
  CHECK(nodes.b.hold(kAlpha, kReportWork));
  CHECK_FALSE(nodes.a.hold(kAlpha, kReportWork));
}

}  // namespace berth::smdpplus
