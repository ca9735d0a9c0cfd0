#include "kernel/smdpplus/node_share.h"

#include "kernel/smdpplus/memory_sessions.h"
#include "kernel/smdpplus/shared_sessions.h"
#include "tests/kernel/ledger/common_rows.h"
#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {

TEST_CASE("a host of one node keeps its sessions in memory, nodes of one database share them",
          "[smdpplus]") {
  Site site;
  const auto alone = make_node_share({}, *site.identities, site.clock, site.random, {});
  CHECK(dynamic_cast<MemorySessions*>(alone.sessions.get()) != nullptr);
  CHECK(dynamic_cast<SoleNode*>(alone.leases.get()) != nullptr);
  ledger::testing::CommonRows rows;
  const auto one = make_node_share(rows.node(), *site.identities, site.clock, site.random, {});
  const auto two = make_node_share(rows.node(), *site.identities, site.clock, site.random, {});
  CHECK(dynamic_cast<SharedSessions*>(one.sessions.get()) != nullptr);
  CHECK(one.leases->hold(site.tenant().id(), kReportWork));
  CHECK_FALSE(two.leases->hold(site.tenant().id(), kReportWork));
}

}  // namespace berth::smdpplus::testing
