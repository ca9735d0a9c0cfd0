// Goal: what the ledger suite counts are commits that stand in the ledger.

#include "tools/berth-bench/transitions.h"

#include <array>
#include <catch2/catch.hpp>

#include "kernel/ledger/host_ledger.h"
#include "tools/berth-bench/must.h"
#include "tools/berth-bench/temp_folder.h"

namespace {

using namespace berth;         // NOLINT: a test of this room
using namespace berth::bench;  // NOLINT

}  // namespace

TEST_CASE("every transition that is counted left its event and its audit record", "[bench]") {
  const TempFolder folder;
  const SystemClock clock;
  SystemRandom random;
  auto host = must(ledger::HostLedger::open({.folder = folder.path() / "data"}, clock, random));
  auto tenant = must(host->open_tenant(must(TenantId::parse("alpha"))));
  const std::array<ledger::TenantLedger*, 1> ledgers = {tenant.get()};
  const double rate = transitions_per_second(ledgers, {.writers = 3, .seconds = 0.2}, random);
  CHECK(rate > 0);
  const ledger::TenantHead head = must(tenant->head());
  // Each writer began with one unit, and its last one came too late to count.
  CHECK(static_cast<double>(head.last_event_sequence) >= rate * 0.2 + 3);
  CHECK(static_cast<double>(head.last_event_sequence) <= rate * 0.2 + 6);
  CHECK(must(tenant->verify_audit()).intact);
}
