#include "kernel/api/operator_api.h"

#include <vector>

#include "kernel/api/answers.h"
#include "kernel/api/endpoints.h"

namespace berth::api {
namespace {

using ingress::HttpRequest;
using ingress::HttpResponse;

Error unknown_address() {
  return {ErrorCode::kNotFound, "api.unknown_address", "there is nothing at this address"};
}

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    path.remove_prefix(1);  // '/', which every path begins with
    const std::size_t end = path.find('/');
    parts.push_back(path.substr(0, end));
    path = end == std::string_view::npos ? std::string_view() : path.substr(end);
  }
  return parts;
}

// "POST orders/cancel" with the thing's own name aside: orders/{key}/cancel.
HttpResponse named_call(const Call& call, context::TenantContext& tenant, const std::string& action,
                        std::string_view name) {
  if (action == "POST orders/cancel") return cancel_order(call, tenant, name);
  if (action == "POST orders/release") return release_order(call, tenant, name);
  if (action == "POST orders/reorder") return reorder(call, tenant, name);
  if (action == "POST reports/retry") return retry_report(call, tenant, name);
  if (action == "GET profile-types") return show_profile_type(tenant, name);
  if (action == "PUT profile-types") return define_profile_type(call, tenant, name);
  return refuse(unknown_address());
}

// "GET profiles"; what a tenant's address ends in decides.
HttpResponse tenant_call(const Call& call, context::TenantContext& tenant,
                         const std::string& action) {
  if (action == "GET ") return show_tenant(tenant);
  if (action == "GET profiles") return list_profiles(call, tenant);
  if (action == "POST profiles") return import_profile(call, tenant);
  if (action == "POST orders") return create_order(call, tenant);
  if (action == "GET orders") return find_order(call, tenant);
  if (action == "GET profile-types") return list_profile_types(call, tenant);
  if (action == "GET reports") return list_reports(call, tenant);
  if (action == "GET events") return list_events(call, tenant);
  if (action == "GET story") return tell_story(call, tenant);
  if (action == "GET audit/verify") return verify_tenant_audit(tenant);
  if (action == "POST plugins/rating/try") return try_rating(call, tenant);
  if (action == "POST plugins/bss/try") return try_bss(call, tenant);
  if (action == "POST plugins/registrar/try") return try_registrar(call, tenant);
  if (action == "GET data-keys") return list_data_keys(call, tenant);
  if (action == "POST data-keys/rewrap") return rewrap_data_keys(call, tenant);
  return refuse(unknown_address());
}

std::string join(const std::vector<std::string_view>& parts, std::size_t from) {
  std::string joined;
  for (std::size_t i = from; i < parts.size(); ++i) {
    if (i > from) joined += '/';
    joined.append(parts[i]);
  }
  return joined;
}

}  // namespace

HttpResponse OperatorApi::handle(const HttpRequest& request) {
  const Result<Query> query = Query::parse(request.query);
  if (!query) return refuse(query.error());
  const std::vector<std::string_view> parts = split(request.path);
  if (parts.size() < 2 || parts[0] != "v1") return refuse(unknown_address());

  const Call call{request, *query, services_, hooks_};
  if (parts[1] == "tenants" && parts.size() >= 3) {
    const Result<TenantId> id = TenantId::parse(parts[2]);
    context::TenantContext* tenant = id ? tenants_.find(*id) : nullptr;
    if (tenant == nullptr) {
      return refuse(Error(ErrorCode::kNotFound, "api.unknown_tenant",
                          "this host has no such tenant; berthctl tenant list shows them"));
    }
    const bool named = parts.size() == 5 || parts.size() == 6;
    if (named && (parts[3] == "orders" || parts[3] == "reports" || parts[3] == "profile-types")) {
      const Result<std::string> name = percent_decode(parts[4]);
      if (!name) return refuse(name.error());
      const std::string rest = parts.size() == 6 ? "/" + std::string(parts[5]) : "";
      return named_call(call, *tenant, request.method + " " + std::string(parts[3]) + rest, *name);
    }
    return tenant_call(call, *tenant, request.method + " " + join(parts, 3));
  }
  const std::string action = request.method + " " + join(parts, 1);
  if (action == "GET tenants") return list_tenants(tenants_);
  if (action == "GET status") return show_status(tenants_, facts_, hooks_, clock_.now_ms());
  if (action == "GET audit/verify") return verify_host_audit(host_ledger_);
  if (action == "GET explain") return explain(*query);
  if (action == "GET doctor") return run_doctor(hooks_);
  if (action == "POST pki/keys") return import_key(request, hooks_);
  if (action == "GET plugins") return list_bindings(hooks_, facts_);
  if (action == "POST plugins/swap") return swap_plugin(request, hooks_);
  if (action == "POST pki/keys/generate") return generate_key(request, hooks_);
  if (action == "POST pki/requests") return request_certificate(request, hooks_);
  return refuse(unknown_address());
}

}  // namespace berth::api
