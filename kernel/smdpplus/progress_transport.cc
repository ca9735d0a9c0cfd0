#include "kernel/smdpplus/progress_transport.h"

#include <map>

#include "kernel/egress/https_client.h"
#include "kernel/smdpplus/es9_binding.h"

namespace berth::smdpplus {
namespace {

// A report that was begun is over before another node takes the work up.
static_assert(kReportTimeout < kLeaseReserve);

constexpr std::string_view kPath = "/gsma/rsp2/es2plus/handleDownloadProgressInfo";

// The endpoint's URL may end in a slash or not.
std::string report_url(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url.append(kPath);
}

}  // namespace

Result<ReportTransport> https_report_transport(const tenancy::TenantConfiguration& tenant) {
  if (!tenant.progress) return ReportTransport();
  const tenancy::ProgressEndpoint& endpoint = *tenant.progress;
  auto made =
      egress::HttpsClient::create({endpoint.client.certificate_chain, endpoint.client.private_key},
                                  {endpoint.server_ca, endpoint.server_pins});
  if (!made) return std::move(made).error().within("tenant " + tenant.id.text());
  // Shared by the copies of the function, which is all that keeps it.
  const std::shared_ptr<egress::HttpsClient> client = std::move(*made);
  return ReportTransport(
      [client, url = report_url(endpoint.url)](const context::TenantContext& /*tenant*/,
                                               const std::string& body) -> Result<ReportAnswer> {
        BERTH_TRY(answer, client->post({.url = url,
                                        .content_type = "application/json",
                                        .headers = {{"X-Admin-Protocol", negotiate_protocol("")}},
                                        .body = body},
                                       kReportTimeout));
        return ReportAnswer{answer.status, std::move(answer.body), answer.retry_after};
      });
}

Result<ReportTransport> https_report_transport(const context::Tenants& tenants) {
  std::map<TenantId, ReportTransport> each;
  for (const auto& tenant : tenants.all()) {
    if (!tenant->configuration().progress) continue;
    BERTH_TRY(transport, https_report_transport(tenant->configuration()));
    each.emplace(tenant->id(), std::move(transport));
  }
  return ReportTransport(
      [each = std::move(each)](const context::TenantContext& tenant, const std::string& body) {
        const auto transport = each.find(tenant.id());
        BERTH_ASSERT(transport != each.end());
        return transport->second(tenant, body);
      });
}

}  // namespace berth::smdpplus
