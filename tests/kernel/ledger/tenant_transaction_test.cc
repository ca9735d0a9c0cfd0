#include "kernel/ledger/tenant_transaction.h"

#include "tests/kernel/ledger/common_rows.h"
#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

const TenantId kAlpha = tenant_id("alpha");
const TenantId kBravo = tenant_id("bravo");
const Statement kAll{"select work from worker_lease", "t"};

std::size_t rows_seen(const TenantTransaction& node, const TenantId& tenant) {
  std::size_t rows = 0;
  REQUIRE(node(tenant, [&](Session& session) { rows = session.query(kAll, {}).size(); }).ok());
  return rows;
}

}  // namespace

TEST_CASE("what the work throws comes out as an Error, and the next work goes on", "[ledger]") {
  CommonRows rows;
  const auto node = rows.node();
  const auto failed = node(kAlpha, [](Session& session) { session.execute({"nonsense"}, {}); });
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().reason() == "ledger.unavailable");
  const auto damaged = node(kAlpha, [](Session&) { throw CorruptRow("bad"); });
  REQUIRE_FALSE(damaged.ok());
  CHECK(damaged.error().reason() == "ledger.corrupt_row");
  CHECK(rows_seen(node, kAlpha) == 0);
}

TEST_CASE("on PostgreSQL a statement without a tenant's filter sees that tenant's rows alone",
          "[ledger][R5:part]") {
  if (!berth::testing::on_postgres()) {
    WARN("SKIPPED: this run has no PostgreSQL server; a SQLite file has one tenant");
    return;
  }
  CommonRows rows;
  const auto node = rows.node();
  rows.tamper(
      "insert into worker_lease values ('alpha', 'a', '', 1), ('bravo', 'b', '', 1),"
      " ('bravo', 'c', '', 1)");
  CHECK(rows_seen(node, kAlpha) == 1);
  CHECK(rows_seen(node, kBravo) == 2);
  const Statement steal{"update worker_lease set holder = 'alpha'"};
  REQUIRE(node(kAlpha, [&](Session& session) { CHECK(session.execute(steal, {}) == 1); }).ok());
  const Statement plant{
      "insert into worker_lease (tenant_id, work, holder, revision) values ('bravo', 'd', '', 1)"};
  CHECK_FALSE(node(kAlpha, [&](Session& session) { session.execute(plant, {}); }).ok());
  CHECK(rows_seen(node, kBravo) == 2);
}

}  // namespace berth::ledger
