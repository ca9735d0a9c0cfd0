// How progress reports leave the house: HTTPS with the tenant's client certificate, to the server
// its configuration names and pins (SGP.22 §5.3.5).

#pragma once

#include "kernel/smdpplus/progress_dispatcher.h"

namespace berth::smdpplus {

// Of one try, from the connection to the last octet of the answer.
inline constexpr std::chrono::seconds kReportTimeout{15};

// Reads each tenant's certificate, key and CA now; an Error names tenant and file.
Result<ReportTransport> https_report_transport(const context::Tenants& tenants);
// For this tenant alone; of one without an endpoint it sends nothing and is never asked to.
Result<ReportTransport> https_report_transport(const tenancy::TenantConfiguration& tenant);

}  // namespace berth::smdpplus
