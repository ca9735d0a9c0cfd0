#include "kernel/host/es2_door.h"

#include "kernel/smdpplus/es2_binding.h"

namespace berth::host {

ingress::HttpResponse Es2Door::handle(const ingress::HttpRequest& request) {
  std::optional<smdpplus::Es2Client> client;
  if (request.client) {
    client = smdpplus::Es2Client{request.client->spki_sha256, request.client->subject,
                                 request.client->not_before_ms, request.client->not_after_ms,
                                 request.peer_address};
  }
  smdpplus::Es2Answer answer =
      smdpplus::answer_es2(access_, {.request_id = request.request_id,
                                     .method = request.method,
                                     .path = request.path,
                                     .content_type = request.content_type,
                                     .admin_protocol = request.admin_protocol,
                                     .body = request.body,
                                     .client = std::move(client)});
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
