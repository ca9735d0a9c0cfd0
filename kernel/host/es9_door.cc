#include "kernel/host/es9_door.h"

#include <algorithm>

#include "kernel/smdpplus/es9_binding.h"

namespace berth::host {

namespace {

using ingress::HttpRefusal;
using tenancy::Limit;

constexpr HttpRefusal kNobody{404, "ingress.no_tenant", "Nobody is served under this name."};
// A beginning that waits for a worker holds nobody's download; it is told soon.
constexpr std::chrono::seconds kBeginningWaits{2};

HttpRefusal over_rate(const context::TenantLimits& limits) {
  const auto wait = limits.retry_after(Limit::kDownloadsPerSecond);
  return {503, "limits.downloads_per_second",
          "More downloads are being started than are served a second; try again shortly.",
          std::max(1, static_cast<int>(std::chrono::ceil<std::chrono::seconds>(wait).count()))};
}

}  // namespace

std::shared_ptr<context::TenantContext> Es9Door::tenant_of(
    const ingress::HttpRequest& request) const {
  const auto realm = HostName::parse(request.server_name);
  auto tenant = realm ? tenants_.by_realm(*realm) : nullptr;
  // A connection stays with whose name it was made for: where routes give the name to another
  // tenant, that one is reached by another handshake.
  if (tenant != nullptr && tenant->id().text() != request.owner) return nullptr;
  return tenant;
}

Result<FairSlots::Slot, HttpRefusal> Es9Door::admit(const ingress::HttpRequest& request,
                                                    std::chrono::nanoseconds longest_wait) {
  const auto tenant = tenant_of(request);
  if (tenant == nullptr) {
    const auto realm = HostName::parse(request.server_name);
    if (traffic_ != nullptr && realm) traffic_->count(*realm, false);
    return kNobody;
  }
  context::TenantLimits& limits = tenant->limits();
  const smdpplus::Lane lane = smdpplus::lane_of(request.path, request.body);
  const bool begins = lane == smdpplus::Lane::kBegin;
  if (begins && !limits.take(Limit::kDownloadsPerSecond)) {
    service_.count_refused(*tenant, "InitiateAuthentication rate");
    return over_rate(limits);
  }
  if (begins) longest_wait = std::min<std::chrono::nanoseconds>(longest_wait, kBeginningWaits);
  auto place = limits.place(
      lane == smdpplus::Lane::kNotification ? Limit::kNotificationWorkers : Limit::kWorkers,
      longest_wait);
  if (!place) {
    service_.count_refused(*tenant, "workers busy");
    return ingress::kBusy;
  }
  return *std::move(place);
}

ingress::HttpResponse Es9Door::handle(const ingress::HttpRequest& request) {
  const auto tenant = tenant_of(request);
  if (tenant == nullptr) return {.status = 404, .content_type = {}, .body = {}, .headers = {}};
  const auto realm = HostName::parse(request.server_name);
  if (traffic_ != nullptr && realm && *realm != tenant->realm()) traffic_->count(*realm, true);
  smdpplus::Es9Answer answer = smdpplus::answer_es9(service_, *tenant,
                                                    {.request_id = request.request_id,
                                                     .method = request.method,
                                                     .path = request.path,
                                                     .content_type = request.content_type,
                                                     .admin_protocol = request.admin_protocol,
                                                     .body = request.body});
  ingress::HttpResponse response{.status = answer.http_status,
                                 .content_type = std::move(answer.content_type),
                                 .body = std::move(answer.body),
                                 .headers = {}};
  if (!answer.admin_protocol.empty()) {
    response.headers.emplace_back("X-Admin-Protocol", std::move(answer.admin_protocol));
  }
  if (answer.retry_after_seconds > 0) {
    response.headers.emplace_back("Retry-After", std::to_string(answer.retry_after_seconds));
  }
  return response;
}

}  // namespace berth::host
