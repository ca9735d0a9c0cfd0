#include "kernel/ledger/worker_lease_rows.h"

#include "tests/kernel/ledger/common_rows.h"
#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

const TenantId kAlpha = tenant_id("alpha");
const TenantId kBravo = tenant_id("bravo");

}  // namespace

TEST_CASE("a lease passes on from what was read, once", "[ledger]") {
  CommonRows rows;
  const WorkerLeaseRows one(rows.node());
  const WorkerLeaseRows other(rows.node());
  CHECK_FALSE(must(one.find(kAlpha, "reports")).has_value());
  CHECK(must(one.insert(kAlpha, "reports", "node-1")));
  CHECK_FALSE(must(other.insert(kAlpha, "reports", "node-2")));
  const auto read = must(other.find(kAlpha, "reports"));
  REQUIRE(read == WorkerLease{"node-1", 1});
  CHECK(must(one.pass(kAlpha, "reports", *read, "node-1")));  // renewed
  CHECK_FALSE(must(other.pass(kAlpha, "reports", *read, "node-2")));
  CHECK(must(other.find(kAlpha, "reports")) == WorkerLease{"node-1", 2});
  CHECK(must(other.pass(kAlpha, "reports", {"node-1", 2}, "node-2")));
  CHECK_FALSE(must(one.pass(kAlpha, "reports", {"node-1", 3}, "node-1")));
  CHECK(must(other.pass(kAlpha, "reports", {"node-2", 3}, "")));  // given up
  CHECK(must(one.find(kAlpha, "reports")) == WorkerLease{"", 4});
}

TEST_CASE("each tenant and each work has a lease of its own", "[ledger]") {
  CommonRows rows;
  const WorkerLeaseRows leases(rows.node());
  REQUIRE(must(leases.insert(kAlpha, "reports", "node-1")));
  CHECK_FALSE(must(leases.find(kAlpha, "notifications")).has_value());
  CHECK_FALSE(must(leases.find(kBravo, "reports")).has_value());
  CHECK_FALSE(must(leases.pass(kBravo, "reports", {"node-1", 1}, "node-2")));
  CHECK(must(leases.insert(kBravo, "reports", "node-2")));
  CHECK(must(leases.find(kAlpha, "reports")) == WorkerLease{"node-1", 1});
}

TEST_CASE("leases out of reach are an Error", "[ledger]") {
  CommonRows rows;
  const WorkerLeaseRows leases(rows.node());
  rows.unreachable = true;
  CHECK(leases.find(kAlpha, "reports").error().reason() == "ledger.unavailable");
  CHECK(leases.insert(kAlpha, "reports", "a").error().reason() == "ledger.unavailable");
  CHECK(leases.pass(kAlpha, "reports", {"a", 1}, "b").error().reason() == "ledger.unavailable");
}

}  // namespace berth::ledger
