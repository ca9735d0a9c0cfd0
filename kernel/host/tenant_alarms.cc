#include "kernel/host/tenant_alarms.h"

#include "kernel/base/bytes.h"
#include "kernel/base/digest.h"
#include "kernel/host/pem_leaf.h"

namespace berth::host {

std::vector<api::Finding> tenant_findings(const context::TenantContext& tenant,
                                          const std::optional<ingress::ServedCertificate>& served,
                                          Thoroughness how) {
  const UnixMs now = tenant.clock().now_ms();
  std::vector<api::LimitFacts> limits;
  for (const tenancy::LimitRow& row : tenancy::limit_rows()) {
    const auto use = tenant.limits().use(row.limit);
    limits.push_back({std::string(row.name), use.value, use.blocked, use.last_refused_ms});
  }
  std::vector<api::Finding> findings = {api::check_limits(tenant.id().text(), limits, now)};
  if (served) {
    std::string file = served->sha256;
    if (how == Thoroughness::kFiles) {
      const auto leaf = read_leaf(tenant.configuration().tls.certificate_chain);
      file = leaf ? to_hex(sha256(leaf->der())) : "";
    }
    findings.push_back(
        api::check_served(served->realm, served->sha256, file, served->not_after_ms, now));
  }
  for (api::Finding& finding : findings) finding.tenant = tenant.id().text();
  return findings;
}

std::vector<TenantAlarms::Change> TenantAlarms::update(const std::string& tenant,
                                                       const std::vector<api::Finding>& findings) {
  std::vector<Change> changes;
  std::set<std::string> red;
  std::set<std::string>& before = red_[tenant];
  for (const api::Finding& finding : findings) {
    if (finding.grade != api::Grade::kRed) continue;
    red.insert(finding.name);
    if (!before.contains(finding.name)) {
      changes.push_back({tenant, finding.name, finding.detail, true});
    }
  }
  for (const std::string& name : before) {
    if (!red.contains(name)) changes.push_back({tenant, name, "", false});
  }
  before = std::move(red);
  return changes;
}

}  // namespace berth::host
