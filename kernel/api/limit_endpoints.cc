#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"
#include "kernel/api/endpoints.h"
#include "kernel/api/json_request.h"
#include "kernel/tenancy/limits_json.h"

namespace berth::api {
namespace {

using nlohmann::ordered_json;
using tenancy::Limit;

// What is held can be told; a rate is over as soon as it was used.
bool holds_something(Limit limit) {
  switch (limit) {
    case Limit::kConnections:
    case Limit::kWorkers:
    case Limit::kNotificationWorkers:
    case Limit::kHsmInFlight:
    case Limit::kObjects:
    case Limit::kObjectBytes:
      return true;
    default:
      return false;
  }
}

ordered_json told(const context::TenantLimits& limits) {
  ordered_json list = ordered_json::array();
  for (const tenancy::LimitRow& row : tenancy::limit_rows()) {
    const context::TenantLimits::Use use = limits.use(row.limit);
    ordered_json one{
        {"name", row.name}, {"value", use.value}, {"configured", limits.configured()[row.limit]}};
    if (holds_something(row.limit)) one["inUse"] = use.in_use;
    one["allowed"] = use.allowed;
    one["refused"] = use.refused;
    if (use.last_refused_ms != 0) one["lastRefusedAt"] = to_rfc3339(use.last_refused_ms);
    one["blocked"] = use.blocked;
    list.push_back(std::move(one));
  }
  return list;
}

// The members to change; null means as the files say.
Result<tenancy::LimitSettings> wanted(std::string_view body, const context::TenantLimits& limits) {
  std::set<std::string_view> known;
  for (const tenancy::LimitRow& row : tenancy::limit_rows()) known.insert(row.name);
  BERTH_TRY(members, parse_request(body, known));
  tenancy::LimitSettings base = limits.settings();
  for (const tenancy::LimitRow& row : tenancy::limit_rows()) {
    const std::string name(row.name);
    if (!members.contains(name) || !members.at(name).is_null()) continue;
    base.set(row.limit, limits.configured()[row.limit]);
    members.erase(name);
  }
  return tenancy::changed_limits(base, members);
}

ordered_json told(const std::vector<ingress::ServedCertificate>& served) {
  ordered_json list = ordered_json::array();
  for (const ingress::ServedCertificate& one : served) {
    list.push_back(
        {{"realm", one.realm}, {"sha256", one.sha256}, {"notAfter", to_rfc3339(one.not_after_ms)}});
  }
  return {{"certificates", std::move(list)}};
}

}  // namespace

ingress::HttpResponse show_limits(context::TenantContext& tenant) {
  // What is stored is counted at the first import, or when somebody looks.
  const auto known = tenant.limits().know_stored(tenant.ledger());
  if (!known) return refuse(known.error());
  return answer({{"tenant", tenant.id().text()}, {"limits", told(tenant.limits())}});
}

ingress::HttpResponse change_limits(const Call& call, context::TenantContext& tenant) {
  context::TenantLimits& limits = tenant.limits();
  const Result<tenancy::LimitSettings> settings = wanted(call.request.body, limits);
  if (!settings) return refuse(settings.error());
  const Result<void> changed = call.hooks.change_limits(tenant, *settings);
  if (!changed) return refuse(changed.error());
  ordered_json members = ordered_json::object();
  for (const tenancy::LimitRow& row : tenancy::limit_rows()) {
    const std::uint64_t value = (*settings)[row.limit];
    if (value != limits.configured()[row.limit]) members[std::string(row.name)] = value;
  }
  return answer({{"tenant", tenant.id().text()},
                 {"limits", told(limits)},
                 {"afterRestart",
                  {{"note",
                    "after a restart the tenant has what its file says; put these members there "
                    "for it to stay so"},
                   {"file", tenant.configuration().source.string()},
                   {"members", {{"limits", std::move(members)}}}}}});
}

ingress::HttpResponse show_certificates(const HostHooks& hooks) {
  return answer(told(hooks.served_certificates()));
}

ingress::HttpResponse reload_certificates(const HostHooks& hooks) {
  const auto served = hooks.reload_certificates();
  return served ? answer(told(*served)) : refuse(served.error());
}

}  // namespace berth::api
