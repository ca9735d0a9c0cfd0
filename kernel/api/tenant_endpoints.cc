#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"
#include "kernel/api/endpoints.h"
#include "kernel/api/json_request.h"

namespace berth::api {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMaxTenantId = 63;

std::string_view name_of(tenancy::EidPolicy policy) {
  return policy == tenancy::EidPolicy::kConsumerOpen ? "consumer-open" : "managed";
}

ordered_json summary(const context::TenantContext& tenant) {
  const tenancy::TenantConfiguration& configuration = tenant.configuration();
  return {{"id", configuration.id.text()},
          {"displayName", configuration.display_name},
          {"realm", tenant.realm().text()},
          {"topology", to_string(configuration.place.topology)},
          {"eidPolicy", name_of(configuration.eid_policy)},
          {"standing", to_string(tenant.standing())}};
}

// What is wrong with the tenant alone, while the platform may be well (R135).
ordered_json alarms(const context::TenantContext& tenant, const HostHooks& hooks) {
  ordered_json list = ordered_json::array();
  if (!hooks.tenant_findings) return list;
  for (const Finding& finding : hooks.tenant_findings(tenant)) {
    if (finding.grade == Grade::kOk) continue;
    list.push_back({{"name", finding.name},
                    {"grade", to_string(finding.grade)},
                    {"detail", finding.detail},
                    {"remedy", finding.remedy}});
  }
  return list;
}

}  // namespace

ingress::HttpResponse list_tenants(const Call& call) {
  ordered_json list = ordered_json::array();
  for (const auto& tenant : call.tenants.all()) {
    if (call.who.tenant && *call.who.tenant != tenant->id()) continue;
    list.push_back(summary(*tenant));
    list.back()["alarms"] = alarms(*tenant, call.hooks).size();
  }
  return answer({{"tenants", std::move(list)}});
}

ingress::HttpResponse add_tenant(const Call& call) {
  const Result<JsonRequest> body = JsonRequest::parse(call.request.body, {"tenant"});
  if (!body) return refuse(body.error());
  const Result<std::string> text = body->text("tenant", kMaxTenantId);
  if (!text) return refuse(text.error());
  const Result<TenantId> id = TenantId::parse(*text);
  if (!id) return refuse(id.error());
  const Result<TenantAddition> added = call.hooks.add_tenant(*id);
  if (!added) return refuse(added.error());
  // One of a host of its own has nothing here but its route.
  const auto tenant = call.tenants.find(*id);
  ordered_json told = tenant != nullptr
                          ? summary(*tenant)
                          : ordered_json{{"id", *text}, {"topology", to_string(added->topology)}};
  told["file"] = added->file;
  told["tellDoor"] = added->common_door;
  return answer(told);
}

ingress::HttpResponse show_tenant(const Call& call, context::TenantContext& tenant) {
  const Result<ledger::TenantHead> head = tenant.ledger().head();
  if (!head) return refuse(head.error());
  const tenancy::TenantConfiguration& configuration = tenant.configuration();
  ordered_json body = summary(tenant);
  body["orderLifetimeMs"] = configuration.order_lifetime_ms;
  body["downloadAttemptsMax"] = configuration.download_attempts_max;
  body["confirmationAttemptsMax"] = configuration.confirmation_attempts_max;
  const auto bound = [&](const char* slot, const std::optional<tenancy::PluginBinding>& binding) {
    if (binding) body[slot] = binding->library.filename().string();
  };
  bound("registrar", configuration.registrar);
  bound("rating", configuration.rating);
  bound("bss", configuration.bss);
  body["alarms"] = alarms(tenant, call.hooks);
  body["ledger"] = {{"lastEventSequence", head->last_event_sequence},
                    {"lastAuditSequence", head->last_audit_sequence},
                    {"lastAuditHash", to_hex(head->last_audit_hash)},
                    {"epoch", head->epoch},
                    {"incarnation", head->incarnation}};
  return answer(body);
}

}  // namespace berth::api
