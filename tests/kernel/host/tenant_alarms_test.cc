#include "kernel/host/tenant_alarms.h"

#include <catch2/catch.hpp>

#include "kernel/host/pem_leaf.h"
#include "tests/scenario/world.h"

namespace berth::host {
namespace {

using scenario::World;
using tenancy::Limit;

api::Finding red(const std::string& name) { return {name, api::Grade::kRed, "because", "do"}; }

}  // namespace

TEST_CASE("an alarm is told when it comes and when it goes, once each", "[host]") {
  TenantAlarms alarms;
  CHECK(alarms.update("a", {{"x", api::Grade::kOk, "", ""}}).empty());
  auto changes = alarms.update("a", {red("x"), {"y", api::Grade::kWarn, "", ""}});
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].raised);
  CHECK(changes[0].name == "x");
  CHECK(changes[0].detail == "because");
  CHECK(alarms.update("a", {red("x")}).empty());
  CHECK(alarms.update("b", {red("x")}).size() == 1);  // each tenant its own
  changes = alarms.update("a", {red("y")});
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].name == "y");
  CHECK_FALSE(changes[1].raised);
  CHECK(changes[1].name == "x");
}

TEST_CASE("a tenant blocked by a limit or a certificate is found, and no other", "[host][R135]") {
  World world;
  context::TenantContext& alpha = world.tenant("alpha");
  context::TenantContext& bravo = world.tenant("bravo");
  const auto graded = [&](const context::TenantContext& tenant, const char* name) {
    for (const auto& finding : world.host().findings_of(tenant, Thoroughness::kFiles)) {
      CHECK(finding.tenant == tenant.id().text());
      if (finding.name.starts_with(name)) return finding.grade;
    }
    return api::Grade::kRed;
  };
  CHECK(graded(alpha, "limits") == api::Grade::kOk);
  CHECK(graded(alpha, "shown") == api::Grade::kOk);
  alpha.limits().note(Limit::kDownloadsPerSecond, false);
  CHECK(graded(alpha, "limits") == api::Grade::kRed);
  CHECK(graded(bravo, "limits") == api::Grade::kOk);
  // Expired while it was served.
  const ingress::ServedCertificate expired{"rsp.alpha.example", "ab", world.clock().now_ms() - 1};
  const auto findings = tenant_findings(alpha, expired, Thoroughness::kMemory);
  REQUIRE(findings.size() == 2);
  CHECK(findings[1].grade == api::Grade::kRed);
  CHECK(tenant_findings(alpha, std::nullopt, Thoroughness::kMemory).size() == 1);
}

TEST_CASE("the server's certificate is the first of its file", "[host]") {
  World world;
  CHECK(read_leaf(world.tenant("alpha").configuration().tls.certificate_chain));
  CHECK_FALSE(read_leaf(world.folder() / "host.json"));
  CHECK_FALSE(read_leaf(world.folder() / "nothing"));
}

}  // namespace berth::host
