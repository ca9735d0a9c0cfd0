// Two operators before a host of two tenants.

#pragma once

#include "kernel/smdpplus/es2_access.h"
#include "tests/kernel/smdpplus/tenant_fixture.h"

namespace berth::smdpplus::testing {

inline const std::string kAlphaPin(64, 'a');
inline const std::string kAlphaNextPin(64, 'c');
inline const std::string kBravoPin(64, 'b');

struct Es2Scene {
  explicit Es2Scene(const SiteOptions& options = {})
      : site(options),
        tenants(std::make_shared<const tenancy::RouteTable>()),
        access({{"alpha-it",
                 {kAlphaPin, kAlphaNextPin},
                 {{"OP-ALPHA", site.tenant().id()}, {"OP-ALPHA-2", site.tenant().id()}}},
                {"bravo-it", {kBravoPin}, {{"OP-BRAVO", site.bravo.context->id()}}, true}},
               tenants, *site.host_ledger, site.clock) {
    tenants.add(std::make_unique<context::TenantContext>(*site.alpha.context));
    tenants.add(std::make_unique<context::TenantContext>(*site.bravo.context));
    start_ = must(site.host_ledger->audit_records(0, 1000)).back().sequence;
  }

  static Es2Client client(const std::string& pin) {
    return {pin, "CN=operator", kStart - 1000, kStart + 1'000'000'000, "192.0.2.1"};
  }
  std::vector<ledger::AuditRecord> host_audit() {
    return must(site.host_ledger->audit_records(start_, 1000));
  }
  // Types of the host's audit records since the scene began.
  std::string audited() {
    std::string text;
    for (const auto& record : host_audit()) text += (text.empty() ? "" : " ") + record.type;
    return text;
  }

  Site site;
  context::Tenants tenants;
  Es2Access access;

 private:
  std::int64_t start_ = 0;
};

}  // namespace berth::smdpplus::testing
