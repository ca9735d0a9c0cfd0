#include "kernel/api/tenant_life.h"

#include <catch2/catch.hpp>

#include "tests/kernel/api/fakes.h"

namespace berth::api {
namespace {

using context::Standing;

const Identity kAnna{"anna", {OperatorRole::kOperator}, std::nullopt};
const Eid kSandboxCard = *Eid::parse("89049032001000000000000000000112");
const Eid kOtherCard = *Eid::parse("89049032001000000000000000000209");

tenancy::TenantPolicies complete() {
  return {"Host Ltd", "Host Ltd", 365, 400, 3650, "legal@host.example", "none"};
}

struct Life {
  explicit Life(bool production = true, tenancy::TenantPolicies policies = complete())
      : host(nullptr, nullptr, nullptr,
             [&policies](tenancy::TenantConfiguration& file) {
               file.policies = policies;
               file.sandbox_eids = {kSandboxCard};
             }),
        life(host.host_ledger, host.tenants, production) {
    REQUIRE(life.refresh().ok());
  }
  context::TenantContext& tenant() { return *host.tenants.all().front(); }
  test::FakeHost host;
  TenantLife life;
};

std::string reason_of(const Result<TenantLifeFacts>& result) {
  return result.ok() ? "ok" : std::string(result.error().reason());
}

}  // namespace

TEST_CASE("in production a new tenant serves the cards of its sandbox alone",
          "[api][R2:part][R25:part][R153:part]") {
  Life one;
  CHECK(one.tenant().standing() == Standing::kSandbox);
  CHECK(one.tenant().admits(kSandboxCard).ok());
  CHECK_FALSE(one.tenant().admits(kOtherCard).ok());
  REQUIRE(one.life.activate(one.tenant(), kAnna).ok());
  CHECK(one.tenant().admits(kOtherCard).ok());
}

TEST_CASE(
    "a tenant without a risk and custody owner, interception, export and retention is not "
    "activated, and what is missing is told",
    "[api][R2][R25]") {
  struct Case {
    const char* path;
    std::function<void(tenancy::TenantPolicies&)> forget;
  };
  const Case cases[] = {{"policies.riskOwner", [](auto& p) { p.risk_owner.clear(); }},
                        {"policies.custodyOwner", [](auto& p) { p.custody_owner.clear(); }},
                        {"policies.retention.historyDays", [](auto& p) { p.history_days = 0; }},
                        {"policies.retention.eventsDays", [](auto& p) { p.events_days = 0; }},
                        {"policies.retention.evidenceDays", [](auto& p) { p.evidence_days = 0; }},
                        {"policies.interception", [](auto& p) { p.interception.clear(); }},
                        {"policies.auditExport", [](auto& p) { p.audit_export.clear(); }}};
  for (const Case& one : cases) {
    CAPTURE(one.path);
    tenancy::TenantPolicies policies = complete();
    one.forget(policies);
    for (const bool production : {true, false}) {
      Life life(production, policies);
      const auto refused = life.life.activate(life.tenant(), kAnna);
      REQUIRE(reason_of(refused) == "tenant.not_ready");
      CHECK(refused.error().message().find(one.path) != std::string::npos);
      CHECK(life.life.facts(life.tenant())->missing == std::vector<std::string>{one.path});
      CHECK(life.host.host_ledger.kept.empty());
      CHECK(life.tenant().standing() == (production ? Standing::kSandbox : Standing::kActive));
    }
  }
  Life empty(true, {});
  CHECK(empty.life.facts(empty.tenant())->missing.size() == 7);
}

TEST_CASE("a suspended tenant begins no downloads until it is resumed, over a restart too",
          "[api]") {
  Life one;
  REQUIRE(one.life.activate(one.tenant(), kAnna).ok());
  CHECK(reason_of(one.life.suspend(one.tenant(), kAnna, "")) == "tenant.reason");
  REQUIRE(one.life.suspend(one.tenant(), kAnna, "bills").ok());
  CHECK_FALSE(one.tenant().admits(kSandboxCard).ok());
  // Another node, or the next start.
  one.tenant().set_standing(Standing::kActive);
  TenantLife next(one.host.host_ledger, one.host.tenants, true);
  REQUIRE(next.refresh().ok());
  CHECK(one.tenant().standing() == Standing::kSuspended);
  CHECK(next.facts(one.tenant())->reason == "bills");
  CHECK(reason_of(next.activate(one.tenant(), kAnna)) == "tenant.standing");
  CHECK(reason_of(next.suspend(one.tenant(), kAnna, "again")) == "tenant.standing");
  REQUIRE(next.resume(one.tenant(), kAnna).ok());
  CHECK(one.tenant().standing() == Standing::kActive);
  CHECK(reason_of(next.resume(one.tenant(), kAnna)) == "tenant.standing");
  std::string types;
  for (const auto& draft : one.host.host_ledger.audited) types += draft.type + " ";
  CHECK(types == "tenant.activated tenant.suspended tenant.resumed ");
}

TEST_CASE("a suspension in the sandbox ends in the sandbox", "[api]") {
  Life one;
  REQUIRE(one.life.suspend(one.tenant(), kAnna, "wait").ok());
  CHECK_FALSE(one.tenant().admits(kSandboxCard).ok());
  REQUIRE(one.life.resume(one.tenant(), kAnna).ok());
  CHECK(one.tenant().standing() == Standing::kSandbox);
}

TEST_CASE("a development host serves a tenant nobody activated, and lets it be activated",
          "[api]") {
  Life one(false);
  CHECK(one.tenant().admits(kOtherCard).ok());
  CHECK_FALSE(one.life.facts(one.tenant())->told);
  REQUIRE(one.life.activate(one.tenant(), kAnna).ok());
  CHECK(one.life.facts(one.tenant())->by == "anna");
}

TEST_CASE("what the ledger cannot tell changes no tenant's standing", "[api]") {
  Life one;
  REQUIRE(one.life.activate(one.tenant(), kAnna).ok());
  one.host.host_ledger.kept.begin()->second.body = "{";
  CHECK(one.life.refresh().error().reason() == "tenant.damaged");
  CHECK(one.tenant().standing() == Standing::kActive);
  one.host.host_ledger.failure = Error(ErrorCode::kUnavailable, "ledger.unavailable", "test");
  CHECK_FALSE(one.life.refresh().ok());
  CHECK(reason_of(one.life.suspend(one.tenant(), kAnna, "x")) == "ledger.unavailable");
  CHECK(one.tenant().standing() == Standing::kActive);
}

}  // namespace berth::api
