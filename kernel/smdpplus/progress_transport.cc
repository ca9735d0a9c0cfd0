#include "kernel/smdpplus/progress_transport.h"

#include <map>

#include "kernel/egress/https_client.h"
#include "kernel/smdpplus/es9_binding.h"

namespace berth::smdpplus {
namespace {

// A report that was begun is over before another node takes the work up.
static_assert(kReportTimeout < kLeaseReserve);

constexpr std::string_view kPath = "/gsma/rsp2/es2plus/handleDownloadProgressInfo";

using Clients = std::map<TenantId, std::unique_ptr<egress::HttpsClient>>;

// The endpoint's URL may end in a slash or not.
std::string report_url(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url.append(kPath);
}

}  // namespace

Result<ReportTransport> https_report_transport(const context::Tenants& tenants) {
  // Shared by the copies of the function, which is all that keeps it.
  const auto clients = std::make_shared<Clients>();
  for (const auto& tenant : tenants.all()) {
    const auto& endpoint = tenant->configuration().progress;
    if (!endpoint) continue;
    auto client = egress::HttpsClient::create(
        {endpoint->client.certificate_chain, endpoint->client.private_key},
        {endpoint->server_ca, endpoint->server_pins});
    if (!client) return std::move(client).error().within("tenant " + tenant->id().text());
    clients->emplace(tenant->id(), std::move(*client));
  }
  return ReportTransport([clients](const context::TenantContext& tenant,
                                   const std::string& body) -> Result<ReportAnswer> {
    const auto client = clients->find(tenant.id());
    BERTH_ASSERT(client != clients->end());
    BERTH_TRY(answer,
              client->second->post({.url = report_url(tenant.configuration().progress->url),
                                    .content_type = "application/json",
                                    .headers = {{"X-Admin-Protocol", negotiate_protocol("")}},
                                    .body = body},
                                   kReportTimeout));
    return ReportAnswer{answer.status, std::move(answer.body), answer.retry_after};
  });
}

}  // namespace berth::smdpplus
