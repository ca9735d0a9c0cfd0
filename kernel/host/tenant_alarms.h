// What is wrong with one tenant alone, while the platform may be well (R135): limits that block it,
// certificates that devices refuse. Asked by the doctor and by the tenant's status, and watched by
// the housekeeper, who writes down what comes and goes.

#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "kernel/api/doctor.h"
#include "kernel/context/tenant_context.h"
#include "kernel/ingress/tls_listener.h"

namespace berth::host {

enum class Thoroughness : std::uint8_t {
  kMemory = 1,  // what is known already, for who asks often
  kFiles,       // the certificate's file besides
};
// Of the tenant's limits, and of what its realm shows (none: it is not served). Each names the
// tenant.
std::vector<api::Finding> tenant_findings(const context::TenantContext& tenant,
                                          const std::optional<ingress::ServedCertificate>& served,
                                          Thoroughness how);

// Not thread-safe.
class TenantAlarms {
 public:
  struct Change {
    std::string tenant;
    std::string name;
    std::string detail;
    bool raised = false;  // false: it is over
  };
  // What became red since the last time, and what no longer is.
  std::vector<Change> update(const std::string& tenant, const std::vector<api::Finding>& findings);

 private:
  std::map<std::string, std::set<std::string>> red_;  // names of findings by tenant
};

}  // namespace berth::host
