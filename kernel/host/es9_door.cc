#include "kernel/host/es9_door.h"

#include "kernel/smdpplus/es9_binding.h"

namespace berth::host {

ingress::HttpResponse Es9Door::handle(const ingress::HttpRequest& request) {
  const auto realm = HostName::parse(request.server_name);
  const auto tenant = realm ? tenants_.by_realm(*realm) : nullptr;
  if (traffic_ != nullptr && realm && (tenant == nullptr || *realm != tenant->realm())) {
    traffic_->count(*realm, tenant != nullptr);
  }
  if (tenant == nullptr) return {.status = 404, .content_type = {}, .body = {}, .headers = {}};
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
