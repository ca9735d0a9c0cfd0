// The endpoint families, one small file each. Internal to this room.

#pragma once

#include <nlohmann/json_fwd.hpp>

#include "kernel/api/operator_api.h"
#include "kernel/api/query.h"

namespace berth::api {

struct Call {
  const ingress::HttpRequest& request;
  const Query& query;
  const Services& services;
  const HostHooks& hooks;
};

// profile_endpoints.cc
ingress::HttpResponse import_profile(const Call& call, context::TenantContext& tenant);
ingress::HttpResponse list_profiles(const Call& call, context::TenantContext& tenant);
// order_endpoints.cc
ingress::HttpResponse create_order(const Call& call, context::TenantContext& tenant);
ingress::HttpResponse find_order(const Call& call, context::TenantContext& tenant);
// `key`: order id or ICCID.
ingress::HttpResponse cancel_order(const Call& call, context::TenantContext& tenant,
                                   std::string_view key);
ingress::HttpResponse release_order(const Call& call, context::TenantContext& tenant,
                                    std::string_view key);
ingress::HttpResponse reorder(const Call& call, context::TenantContext& tenant,
                              std::string_view key);
// profile_type_endpoints.cc
ingress::HttpResponse list_profile_types(const Call& call, context::TenantContext& tenant);
ingress::HttpResponse show_profile_type(context::TenantContext& tenant, std::string_view name);
ingress::HttpResponse define_profile_type(const Call& call, context::TenantContext& tenant,
                                          std::string_view name);
// report_endpoints.cc
ingress::HttpResponse list_reports(const Call& call, context::TenantContext& tenant);
ingress::HttpResponse retry_report(const Call& call, context::TenantContext& tenant,
                                   std::string_view report_id);
// history_endpoints.cc
ingress::HttpResponse list_events(const Call& call, context::TenantContext& tenant);
ingress::HttpResponse tell_story(const Call& call, context::TenantContext& tenant);
ingress::HttpResponse verify_tenant_audit(context::TenantContext& tenant);
ingress::HttpResponse verify_host_audit(ledger::HostLedger& host_ledger);
// tenant_endpoints.cc
ingress::HttpResponse list_tenants(const context::Tenants& tenants);
ingress::HttpResponse show_tenant(context::TenantContext& tenant);
// rating_trial.cc, bss_trial.cc, registrar_trial.cc: an operator's dry run of a bound plugin
ingress::HttpResponse try_rating(const Call& call, context::TenantContext& tenant);
ingress::HttpResponse try_bss(const Call& call, context::TenantContext& tenant);
ingress::HttpResponse try_registrar(const Call& call, context::TenantContext& tenant);
// host_endpoints.cc
ingress::HttpResponse show_status(const context::Tenants& tenants, const HostFacts& facts,
                                  const HostHooks& hooks, UnixMs now);
ingress::HttpResponse explain(const Query& query);
ingress::HttpResponse run_doctor(const HostHooks& hooks);
// key_endpoints.cc
ingress::HttpResponse import_key(const ingress::HttpRequest& request, const HostHooks& hooks);
ingress::HttpResponse generate_key(const ingress::HttpRequest& request, const HostHooks& hooks);
ingress::HttpResponse request_certificate(const ingress::HttpRequest& request,
                                          const HostHooks& hooks);
ingress::HttpResponse list_data_keys(const Call& call, context::TenantContext& tenant);
ingress::HttpResponse rewrap_data_keys(const Call& call, context::TenantContext& tenant);

// plugin_endpoints.cc
nlohmann::ordered_json told(const PluginFacts& plugin);
ingress::HttpResponse list_bindings(const HostHooks& hooks, const HostFacts& facts);
ingress::HttpResponse swap_plugin(const ingress::HttpRequest& request, const HostHooks& hooks);

}  // namespace berth::api
