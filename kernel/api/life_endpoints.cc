#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"
#include "kernel/api/endpoints.h"
#include "kernel/api/json_request.h"

namespace berth::api {
namespace {

using nlohmann::ordered_json;

ingress::HttpResponse told(const context::TenantContext& tenant,
                           const Result<TenantLifeFacts>& facts) {
  if (!facts) return refuse(facts.error());
  ordered_json body{{"tenant", tenant.id().text()}, {"standing", to_string(facts->standing)}};
  if (facts->told) {
    body["by"] = facts->by;
    body["since"] = to_rfc3339_ms(facts->since_ms);
  } else {
    body["note"] = "nobody has said so: this is what the host's profile makes of a new tenant";
  }
  if (!facts->reason.empty()) body["reason"] = facts->reason;
  body["missing"] = facts->missing;
  body["sandboxCards"] = tenant.configuration().sandbox_eids.size();
  return answer(body);
}

}  // namespace

ingress::HttpResponse show_life(const Call& call, context::TenantContext& tenant) {
  return told(tenant, call.life.facts(tenant));
}

ingress::HttpResponse activate_tenant(const Call& call, context::TenantContext& tenant) {
  const Result<JsonRequest> body = JsonRequest::parse(call.request.body, {});
  if (!body) return refuse(body.error());
  return told(tenant, call.life.activate(tenant, call.who));
}

ingress::HttpResponse suspend_tenant(const Call& call, context::TenantContext& tenant) {
  const Result<JsonRequest> body = JsonRequest::parse(call.request.body, {"reason"});
  if (!body) return refuse(body.error());
  const Result<std::string> reason = body->text("reason", kMaxSuspensionReason);
  if (!reason) return refuse(reason.error());
  return told(tenant, call.life.suspend(tenant, call.who, *reason));
}

ingress::HttpResponse resume_tenant(const Call& call, context::TenantContext& tenant) {
  const Result<JsonRequest> body = JsonRequest::parse(call.request.body, {});
  if (!body) return refuse(body.error());
  return told(tenant, call.life.resume(tenant, call.who));
}

}  // namespace berth::api
