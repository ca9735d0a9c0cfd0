// The endpoint families, one small file each. Internal to this room.

#pragma once

#include <nlohmann/json_fwd.hpp>

#include "kernel/api/operator_api.h"
#include "kernel/api/query.h"

namespace berth::api {

class TenantLife;

// One call, let in by the table (endpoint_table.h): who asks, and what its address names.
struct Call {
  const ingress::HttpRequest& request;
  const Query& query;
  const Services& services;
  const HostHooks& hooks;
  const HostFacts& facts;
  const Clock& clock;
  const context::Tenants& tenants;
  ledger::HostLedger& host_ledger;
  const Access& access;
  Approvals& approvals;
  BreakGlass& break_glass;
  TenantLife& life;
  TenantExit* exit;  // null: no tenant can leave
  TenantMove* move;  // null: no tenant can move
  const Identity& who;
  context::TenantContext* tenant = nullptr;  // set where the address names one
  std::string name = {};                     // what {name} stands for, decoded
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
ingress::HttpResponse list_host_audit(const Call& call);
// tenant_endpoints.cc
ingress::HttpResponse list_tenants(const Call& call);
ingress::HttpResponse add_tenant(const Call& call);
ingress::HttpResponse show_tenant(const Call& call, context::TenantContext& tenant);
// limit_endpoints.cc
ingress::HttpResponse show_limits(context::TenantContext& tenant);
ingress::HttpResponse change_limits(const Call& call, context::TenantContext& tenant);
ingress::HttpResponse show_certificates(const HostHooks& hooks);
ingress::HttpResponse reload_certificates(const HostHooks& hooks);
// life_endpoints.cc
ingress::HttpResponse show_life(const Call& call, context::TenantContext& tenant);
ingress::HttpResponse activate_tenant(const Call& call, context::TenantContext& tenant);
ingress::HttpResponse suspend_tenant(const Call& call, context::TenantContext& tenant);
ingress::HttpResponse resume_tenant(const Call& call, context::TenantContext& tenant);
// exit_endpoints.cc; the address has the tenant as its {name}, for it is one that may be gone
ActionKind tenant_exit_kind(TenantExit& exit, const Approvals& approvals);
ingress::HttpResponse show_exit(const Call& call);
ingress::HttpResponse export_tenant(const Call& call);
ingress::HttpResponse read_export_file(const Call& call);
ingress::HttpResponse end_tenant(const Call& call);
ingress::HttpResponse show_exit_certificate(const Call& call);
// move_endpoints.cc; as those of an exit
ActionKind tenant_move_kind(TenantMove& move, const Approvals& approvals);
ActionKind tenant_take_back_kind(TenantMove& move, const Approvals& approvals);
ingress::HttpResponse show_move(const Call& call);
ingress::HttpResponse start_move(const Call& call);
ingress::HttpResponse hand_over_tenant(const Call& call);
ingress::HttpResponse abort_move(const Call& call);
ingress::HttpResponse take_tenant_back(const Call& call);
// approval_endpoints.cc
ingress::HttpResponse who_am_i(const Call& call);
ingress::HttpResponse list_approvals(const Call& call);
ingress::HttpResponse show_approval(const Call& call);
ingress::HttpResponse approve(const Call& call);
ingress::HttpResponse reject(const Call& call);
ingress::HttpResponse open_break_glass(const Call& call);
ingress::HttpResponse list_break_glass(const Call& call);
ingress::HttpResponse acknowledge_break_glass(const Call& call);
// quarantine_endpoints.cc
inline constexpr const char* kQuarantineRelease = "quarantine.release";
ActionKind quarantine_release_kind(const context::Tenants& tenants, const Services& services);
ingress::HttpResponse release_quarantine(const Call& call, context::TenantContext& tenant);
// rating_trial.cc, bss_trial.cc, registrar_trial.cc: an operator's dry run of a bound plugin
ingress::HttpResponse try_rating(const Call& call, context::TenantContext& tenant);
ingress::HttpResponse try_bss(const Call& call, context::TenantContext& tenant);
ingress::HttpResponse try_registrar(const Call& call, context::TenantContext& tenant);
// route_endpoints.cc
inline constexpr const char* kRouteChange = "route.change";
ActionKind route_change_kind(routing::RouteBook& routes, const Approvals& approvals);
ingress::HttpResponse show_routes(const Call& call);
ingress::HttpResponse show_routes_document(const Call& call);
ingress::HttpResponse list_route_versions(const Call& call);
ingress::HttpResponse diff_routes(const Call& call);
ingress::HttpResponse apply_routes(const Call& call);
ingress::HttpResponse roll_routes_back(const Call& call);
ingress::HttpResponse explain_route(const Call& call);
ingress::HttpResponse prove_routes(const Call& call);
ingress::HttpResponse show_route_key(const Call& call);
ingress::HttpResponse report_realm_traffic(const Call& call);
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
