#include "kernel/api/operator_api.h"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"
#include "kernel/api/endpoint_table.h"
#include "kernel/api/tenant_exit.h"
#include "kernel/api/tenant_move.h"
#include "kernel/base/digest.h"

namespace berth::api {
namespace {

using ingress::HttpRequest;
using ingress::HttpResponse;

constexpr std::size_t kMaxAbout = 128;
constexpr std::size_t kCodeDigestOctets = 16;  // as in the tenant's own history
constexpr const char* kNobody = "nobody";      // who is not known

Error unknown_address() {
  return {ErrorCode::kNotFound, "api.unknown_address", "there is nothing at this address"};
}
Error unknown_tenant() {
  return {ErrorCode::kNotFound, "api.unknown_tenant",
          "this host has no such tenant; berthctl tenant list shows them"};
}

Error served_elsewhere(const TenantId& tenant) {
  return {ErrorCode::kFailedPrecondition, "api.served_elsewhere",
          "tenant " + tenant.text() +
              " is a partner's, whose SM-DP+ has its profiles and orders; ask there"};
}

Error without_role(const Identity& who, const Endpoint& endpoint) {
  return {ErrorCode::kPermissionDenied, "access.role",
          "'" + who.name + "' is " + to_string(who.roles) +
              ", and this takes one of: " + to_string(endpoint.roles)};
}

// An ICCID as it is; a code, which is as good as the profile, by its digest.
std::string about_key(std::string_view key) {
  if (key.starts_with("LPA:")) key.remove_prefix(4);
  if (Iccid::parse(key)) return std::string(key);
  for (int field = 0; field < 2 && key.find('$') != std::string_view::npos; ++field) {
    key.remove_prefix(key.find('$') + 1);
  }
  const Sha256 digest = sha256(as_bytes(key.substr(0, key.find('$'))));
  return "code " + to_hex(ByteView(digest).first(kCodeDigestOctets));
}

JournalEntry entry_of(const Call& call, const Endpoint& endpoint) {
  JournalEntry entry{.action = std::string(endpoint.method) + " " + std::string(endpoint.path),
                     .tenant = call.tenant == nullptr ? "" : call.tenant->id().text(),
                     .about = call.name,
                     .request_id = call.request.request_id};
  if (const auto key = call.query.text("key"); !key.empty()) entry.about = about_key(key);
  if (const auto id = call.query.text("identifier"); !id.empty()) entry.about = id;
  if (entry.about.size() > kMaxAbout) entry.about.resize(kMaxAbout);
  return entry;
}

std::string reason_of(const HttpResponse& response) {
  const auto body = nlohmann::json::parse(response.body, nullptr, false);
  if (!body.is_object() || !body.contains("error") || !body.at("error").is_object()) return "";
  return body.at("error").value("reason", std::string());
}

}  // namespace

OperatorApi::OperatorApi(context::Tenants& tenants, ledger::HostLedger& host_ledger,
                         const Clock& clock, Random& random, Services services, HostHooks hooks,
                         HostFacts facts, Governance governance)
    : tenants_(tenants),
      host_ledger_(host_ledger),
      clock_(clock),
      services_(std::move(services)),
      hooks_(std::move(hooks)),
      facts_(std::move(facts)),
      governance_(std::move(governance)),
      journal_(host_ledger, clock),
      break_glass_(host_ledger, clock, random),
      approvals_(host_ledger, clock, random, governance_.access, break_glass_),
      life_(host_ledger, tenants, governance_.production) {
  approvals_.add_kind(kQuarantineRelease, quarantine_release_kind(tenants_, services_));
  if (hooks_.routes != nullptr) {
    approvals_.add_kind(kRouteChange, route_change_kind(*hooks_.routes, approvals_));
  }
  if (hooks_.routes != nullptr && hooks_.departure != nullptr) {
    exit_ = std::make_unique<TenantExit>(
        host_ledger, tenants, life_, *hooks_.departure, clock,
        [routes = hooks_.routes](std::string_view text) { return routes->sign(text); });
    approvals_.add_kind(kTenantExit, tenant_exit_kind(*exit_, approvals_));
  }
  if (hooks_.departure != nullptr && hooks_.handover != nullptr) {
    move_ = std::make_unique<TenantMove>(host_ledger, tenants, *hooks_.departure, *hooks_.handover);
    approvals_.add_kind(kTenantMove, tenant_move_kind(*move_, approvals_));
    approvals_.add_kind(kTenantTakeBack, tenant_take_back_kind(*move_, approvals_));
  }
}

OperatorApi::~OperatorApi() { journal_.flush(true); }

HttpResponse OperatorApi::handle(const HttpRequest& request) {
  const Result<Identity> who = governance_.access.identify(request, clock_.now_ms());
  if (!who) {
    // What is told of each must not make each another one: a flood is counted.
    journal_.denied(kNobody,
                    {.action = request.method,
                     .tenant = {},
                     .about = {},
                     .request_id = request.request_id,
                     .detail = who.error().message()},
                    std::string(who.error().reason()));
    return refuse(who.error());
  }
  const Result<Query> query = Query::parse(request.query);
  if (!query) return refuse(query.error());
  const auto matched = match(request.method, request.path);
  if (!matched) return refuse(unknown_address());

  Call call{.request = request,
            .query = *query,
            .services = services_,
            .hooks = hooks_,
            .facts = facts_,
            .clock = clock_,
            .tenants = tenants_,
            .host_ledger = host_ledger_,
            .access = governance_.access,
            .approvals = approvals_,
            .break_glass = break_glass_,
            .life = life_,
            .exit = exit_.get(),
            .move = move_.get(),
            .who = *who};
  if (!who->roles.meets(matched->endpoint->roles)) {
    const Error denied = without_role(*who, *matched->endpoint);
    journal_.denied(who->name, entry_of(call, *matched->endpoint), std::string(denied.reason()));
    return refuse(denied);
  }
  std::shared_ptr<context::TenantContext> tenant;  // with its routes until the answer
  if (!matched->tenant.empty()) {
    const Result<TenantId> id = TenantId::parse(matched->tenant);
    // A tenant cannot tell whether there are others.
    const bool foreign = id && who->tenant && *who->tenant != *id;
    if (foreign) {
      journal_.denied(who->name, entry_of(call, *matched->endpoint), "another tenant's");
    }
    if (id && !foreign) tenant = tenants_.find(*id);
    call.tenant = tenant.get();
    if (call.tenant == nullptr) return refuse(unknown_tenant());
    if (!tenant->served_here() && matched->endpoint->changes_stock()) {
      return refuse(served_elsewhere(*id));
    }
  }
  Result<std::string> name = percent_decode(matched->name);
  if (!name) return refuse(name.error());
  call.name = *std::move(name);
  return perform(call, *matched->endpoint);
}

HttpResponse OperatorApi::perform(const Call& call, const Endpoint& endpoint) {
  const JournalEntry entry = entry_of(call, endpoint);
  if (!endpoint.acts()) {
    if (endpoint.data == Data::kPersonal) {
      if (auto noted = journal_.reading(call.who, entry); !noted) {
        return refuse(std::move(noted).error().within("what is not audited is not shown"));
      }
    }
    return endpoint.answer(call);
  }
  if (auto noted = journal_.acting(call.who, entry); !noted) {
    return refuse(std::move(noted).error().within("what is not audited is not done"));
  }
  HttpResponse response = endpoint.answer(call);
  if (response.status >= 400) journal_.refused(call.who, entry, reason_of(response));
  return response;
}

void OperatorApi::housekeeping() {
  approvals_.housekeeping();
  journal_.flush(false);
  if (auto told = life_.refresh(); !told) {
    spdlog::warn("tenants' standings: {}", told.error().reason());
  }
  if (exit_ != nullptr) exit_->housekeeping();
}

}  // namespace berth::api
