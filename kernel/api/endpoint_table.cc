#include "kernel/api/endpoint_table.h"

#include "kernel/api/answers.h"

namespace berth::api {
namespace {

using Response = ingress::HttpResponse;

constexpr OperatorRole kOp = OperatorRole::kOperator;
constexpr OperatorRole kApp = OperatorRole::kApprover;
constexpr OperatorRole kAud = OperatorRole::kAuditor;
constexpr OperatorRole kTen = OperatorRole::kTenant;
constexpr RoleSet kAll{kOp, kApp, kAud, kTen};
constexpr RoleSet kStaff{kOp, kApp, kAud};    // what a host is and how it fares
constexpr RoleSet kReaders{kOp, kAud, kTen};  // a tenant's own affairs
constexpr RoleSet kOperators{kOp};

// A handler of a tenant's, of a named thing in it, and one without the call.
using OfTenant = Response (*)(const Call&, context::TenantContext&);
using OfNamed = Response (*)(const Call&, context::TenantContext&, std::string_view);
template <OfTenant kHandler>
Response of_tenant(const Call& call) {
  return kHandler(call, *call.tenant);
}
template <OfNamed kHandler>
Response of_named(const Call& call) {
  return kHandler(call, *call.tenant, call.name);
}

// Of the routes, on a host that has some.
template <Response (*kHandler)(const Call&)>
Response of_routes(const Call& call) {
  if (call.hooks.routes != nullptr) return kHandler(call);
  return refuse(Error(ErrorCode::kUnsupported, "api.no_routes", "this host keeps no routes"));
}

// Of a tenant that leaves or left, on a host that can let one go.
template <Response (*kHandler)(const Call&)>
Response of_exit(const Call& call) {
  if (call.exit != nullptr) return kHandler(call);
  return refuse(Error(ErrorCode::kUnsupported, "exit.none", "this host lets no tenant go"));
}

// Of a tenant that moves or moved, on a host that can let one go.
template <Response (*kHandler)(const Call&)>
Response of_move(const Call& call) {
  if (call.move != nullptr) return kHandler(call);
  return refuse(Error(ErrorCode::kUnsupported, "move.none", "this host moves no tenant"));
}

constexpr Endpoint kEndpoints[] = {
    // ---- the host ----
    {"GET", "whoami", kAll, Data::kPlain, who_am_i},
    {"GET", "explain", kAll, Data::kPlain, [](const Call& c) { return explain(c.query); }},
    {"GET", "status", kStaff, Data::kPlain,
     [](const Call& c) { return show_status(c.tenants, c.facts, c.hooks, c.clock.now_ms()); }},
    {"GET", "doctor", kStaff, Data::kPlain, [](const Call& c) { return run_doctor(c.hooks); }},
    {"GET", "audit", {kAud}, Data::kPersonal, list_host_audit},
    {"GET", "audit/verify", kStaff, Data::kPlain,
     [](const Call& c) { return verify_host_audit(c.host_ledger); }},
    {"POST", "pki/keys", kOperators, Data::kPlain,
     [](const Call& c) { return import_key(c.request, c.hooks); }},
    {"POST", "pki/keys/generate", kOperators, Data::kPlain,
     [](const Call& c) { return generate_key(c.request, c.hooks); }},
    {"POST", "pki/requests", kOperators, Data::kPlain,
     [](const Call& c) { return request_certificate(c.request, c.hooks); }},
    {"GET", "plugins", kStaff, Data::kPlain,
     [](const Call& c) { return list_bindings(c.hooks, c.facts); }},
    {"POST", "plugins/swap", kOperators, Data::kPlain,
     [](const Call& c) { return swap_plugin(c.request, c.hooks); }},
    {"GET", "tls", kStaff, Data::kPlain, [](const Call& c) { return show_certificates(c.hooks); }},
    {"POST", "tls/reload", kOperators, Data::kPlain,
     [](const Call& c) { return reload_certificates(c.hooks); }},
    // ---- the routes ----
    {"GET", "routes", kStaff, Data::kPlain, of_routes<show_routes>},
    {"GET", "routes/document", kStaff, Data::kPlain, of_routes<show_routes_document>},
    {"GET", "routes/history", kStaff, Data::kPlain, of_routes<list_route_versions>},
    {"GET", "routes/diff", kStaff, Data::kPlain, of_routes<diff_routes>},
    {"POST", "routes/apply", kOperators, Data::kPlain, of_routes<apply_routes>},
    {"POST", "routes/rollback", kOperators, Data::kPlain, of_routes<roll_routes_back>},
    {"GET", "routes/explain", kStaff, Data::kPersonal, of_routes<explain_route>},
    {"GET", "routes/proof", kStaff, Data::kPlain, of_routes<prove_routes>},
    {"GET", "routes/key", kStaff, Data::kPlain, of_routes<show_route_key>},
    {"GET", "routes/report", kStaff, Data::kPlain, of_routes<report_realm_traffic>},
    // ---- two people ----
    {"GET", "approvals", kStaff, Data::kPersonal, list_approvals},
    {"GET", "approvals/{name}", kStaff, Data::kPersonal, show_approval},
    {"POST", "approvals/{name}/approve", {kApp}, Data::kPersonal, approve},
    {"POST", "approvals/{name}/reject", {kOp, kApp}, Data::kPersonal, reject},
    {"GET", "break-glass", kStaff, Data::kPlain, list_break_glass},
    {"POST", "break-glass", kOperators, Data::kPlain, open_break_glass},
    {"POST", "break-glass/{name}/acknowledge", kStaff, Data::kPlain, acknowledge_break_glass},
    // ---- tenants that leave ----
    {"GET", "exits/{name}", kStaff, Data::kPlain, of_exit<show_exit>},
    {"POST", "exits/{name}/export", kOperators, Data::kPersonal, of_exit<export_tenant>},
    {"GET", "exits/{name}/file", kOperators, Data::kPersonal, of_exit<read_export_file>},
    {"POST", "exits/{name}/end", kOperators, Data::kPlain, of_exit<end_tenant>},
    {"GET", "exits/{name}/certificate", kStaff, Data::kPlain, of_exit<show_exit_certificate>},
    // ---- tenants that move ----
    {"GET", "moves/{name}", kStaff, Data::kPlain, of_move<show_move>},
    {"POST", "moves/{name}/start", kOperators, Data::kPlain, of_move<start_move>},
    {"POST", "moves/{name}/hand-over", kOperators, Data::kPlain, of_move<hand_over_tenant>},
    {"POST", "moves/{name}/abort", kOperators, Data::kPlain, of_move<abort_move>},
    {"POST", "moves/{name}/take-back", kOperators, Data::kPlain, of_move<take_tenant_back>},
    // ---- tenants ----
    {"GET", "tenants", kAll, Data::kPlain, list_tenants},
    {"POST", "tenants", kOperators, Data::kPlain, add_tenant},
    {"GET", "tenants/{tenant}", kAll, Data::kPlain,
     [](const Call& c) { return show_tenant(c, *c.tenant); }},
    {"GET", "tenants/{tenant}/limits", kAll, Data::kPlain,
     [](const Call& c) { return show_limits(*c.tenant); }},
    {"POST", "tenants/{tenant}/limits", kOperators, Data::kPlain, of_tenant<change_limits>},
    {"GET", "tenants/{tenant}/life", kAll, Data::kPlain, of_tenant<show_life>},
    {"POST", "tenants/{tenant}/activate", kOperators, Data::kPlain, of_tenant<activate_tenant>},
    {"POST", "tenants/{tenant}/suspend", kOperators, Data::kPlain, of_tenant<suspend_tenant>},
    {"POST", "tenants/{tenant}/resume", kOperators, Data::kPlain, of_tenant<resume_tenant>},
    {"GET", "tenants/{tenant}/profiles", kReaders, Data::kPersonal, of_tenant<list_profiles>},
    {"POST", "tenants/{tenant}/profiles", kOperators, Data::kPersonal, of_tenant<import_profile>},
    {"POST", "tenants/{tenant}/profiles/{name}/release-quarantine", kOperators, Data::kPersonal,
     of_tenant<release_quarantine>},
    {"GET", "tenants/{tenant}/orders", kReaders, Data::kPersonal, of_tenant<find_order>},
    {"POST", "tenants/{tenant}/orders", kOperators, Data::kPersonal, of_tenant<create_order>},
    {"POST", "tenants/{tenant}/orders/{name}/cancel", kOperators, Data::kPersonal,
     of_named<cancel_order>},
    {"POST", "tenants/{tenant}/orders/{name}/release", kOperators, Data::kPersonal,
     of_named<release_order>},
    {"POST", "tenants/{tenant}/orders/{name}/reorder", kOperators, Data::kPersonal,
     of_named<reorder>},
    {"GET", "tenants/{tenant}/profile-types", kReaders, Data::kPlain,
     of_tenant<list_profile_types>},
    {"GET", "tenants/{tenant}/profile-types/{name}", kReaders, Data::kPlain,
     [](const Call& c) { return show_profile_type(*c.tenant, c.name); }},
    {"PUT", "tenants/{tenant}/profile-types/{name}", kOperators, Data::kPlain,
     of_named<define_profile_type>},
    {"GET", "tenants/{tenant}/reports", kReaders, Data::kPersonal, of_tenant<list_reports>},
    {"POST", "tenants/{tenant}/reports/{name}/retry", kOperators, Data::kPlain,
     of_named<retry_report>},
    {"GET", "tenants/{tenant}/events", kReaders, Data::kPersonal, of_tenant<list_events>},
    // Who is to let a quarantine go reads what happened to it.
    {"GET", "tenants/{tenant}/story", kAll, Data::kPersonal, of_tenant<tell_story>},
    {"GET", "tenants/{tenant}/audit/verify", kAll, Data::kPlain,
     [](const Call& c) { return verify_tenant_audit(*c.tenant); }},
    {"POST", "tenants/{tenant}/plugins/rating/try", kOperators, Data::kPlain,
     of_tenant<try_rating>},
    {"POST", "tenants/{tenant}/plugins/bss/try", kOperators, Data::kPlain, of_tenant<try_bss>},
    {"POST", "tenants/{tenant}/plugins/registrar/try", kOperators, Data::kPlain,
     of_tenant<try_registrar>},
    {"GET", "tenants/{tenant}/data-keys", {kOp, kAud}, Data::kPlain, of_tenant<list_data_keys>},
    {"POST", "tenants/{tenant}/data-keys/rewrap", kOperators, Data::kPlain,
     of_tenant<rewrap_data_keys>},
};

// The first part of a path, which is shortened by it and its slash.
std::string_view next_part(std::string_view& path) {
  const std::size_t end = path.find('/');
  const std::string_view part = path.substr(0, end);
  path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
  return part;
}

std::size_t parts_of(std::string_view path) {
  std::size_t parts = 1;
  for (const char c : path) parts += c == '/' ? 1 : 0;
  return parts;
}

bool fits(std::string_view pattern, std::string_view path, Matched& matched) {
  for (std::size_t left = parts_of(pattern); left > 0; --left) {
    const std::string_view wanted = next_part(pattern);
    const std::string_view part = next_part(path);
    if (wanted == "{tenant}" || wanted == "{name}") {
      if (part.empty()) return false;
      (wanted == "{tenant}" ? matched.tenant : matched.name) = part;
    } else if (wanted != part) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool Endpoint::changes_stock() const {
  constexpr std::string_view kTenant = "tenants/{tenant}/";
  if (!acts() || !path.starts_with(kTenant)) return false;
  const std::string_view what = path.substr(kTenant.size());
  return what.starts_with("profiles") || what.starts_with("orders") ||
         what.starts_with("profile-types");
}

std::span<const Endpoint> endpoints() { return kEndpoints; }

std::optional<Matched> match(std::string_view method, std::string_view path) {
  constexpr std::string_view kPrefix = "/v1/";
  if (!path.starts_with(kPrefix)) return std::nullopt;
  path.remove_prefix(kPrefix.size());
  const std::size_t parts = parts_of(path);
  for (const Endpoint& endpoint : kEndpoints) {
    Matched matched{&endpoint, {}, {}};
    if (endpoint.method == method && parts_of(endpoint.path) == parts &&
        fits(endpoint.path, path, matched)) {
      return matched;
    }
  }
  return std::nullopt;
}

}  // namespace berth::api
