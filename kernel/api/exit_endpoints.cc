#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"
#include "kernel/api/approval_answer.h"
#include "kernel/api/endpoints.h"
#include "kernel/api/json_request.h"
#include "kernel/api/tenant_exit.h"

namespace berth::api {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kDigest = 64;
constexpr std::size_t kPartOctets = 4 * 1024 * 1024;
constexpr std::int64_t kMaxFile = 1LL << 50;

Result<TenantId> tenant_of(const Call& call) {
  auto id = TenantId::parse(call.name);
  if (id) return id;
  return Error(ErrorCode::kNotFound, "api.unknown_tenant", "no tenant has such a name");
}

ordered_json told(const TenantId& tenant, const ExitPlan& plan) {
  ordered_json body{{"tenant", tenant.text()}, {"exit", plan.state}};
  if (!plan.approval.empty()) body["approval"] = plan.approval;
  if (!plan.manifest_sha256.empty()) {
    body["manifestSha256"] = plan.manifest_sha256;
    body["exportedHistory"] = plan.exported_history;
  }
  if (plan.standing.empty()) return body;
  body["standing"] = plan.standing;
  body["history"] = plan.history;
  for (const auto& [state, count] : plan.profiles) body["profiles" + state] = count;
  body["quarantined"] = plan.quarantined;
  body["downloadsGoingOn"] = plan.sessions;
  body["notificationsWaiting"] = plan.notifications_waiting;
  body["reportsWaiting"] = plan.reports_waiting;
  body["blocked"] = plan.blocked;
  return body;
}

struct Wish {
  TenantId tenant;
  ExitWish what;
};
// As end_tenant() below writes it.
Result<Wish> wish_of(const Action& action) {
  const auto body = nlohmann::json::parse(action.body, nullptr, false);
  const Result<TenantId> id = TenantId::parse(action.tenant);
  try {
    if (id) {
      return Wish{*id,
                  {body.at("manifestSha256").get<std::string>(),
                   body.at("giveUpReports").get<bool>(), body.at("laterRecordsStay").get<bool>()}};
    }
  } catch (const nlohmann::json::exception&) {
  }
  return Error(ErrorCode::kInvalidArgument, "approval.invalid", "no end of a tenant");
}

}  // namespace

ActionKind tenant_exit_kind(TenantExit& exit, const Approvals& approvals) {
  return {"the end of a tenant: its keys and objects are destroyed",
          [&exit](const Action& action) -> Result<void> {
            BERTH_TRY(wish, wish_of(action));
            return exit.check(wish.tenant, wish.what);
          },
          [&exit, &approvals](const std::string& approval_id,
                              const Action& action) -> Result<std::string> {
            BERTH_TRY(wish, wish_of(action));
            BERTH_TRY(approval, approvals.find(approval_id));
            BERTH_TRY_VOID(exit.end(wish.tenant, wish.what, approval));
            return std::string(
                "the tenant has left; berthctl tenant exit --certificate writes what says so");
          }};
}

ingress::HttpResponse show_exit(const Call& call) {
  const auto tenant = tenant_of(call);
  if (!tenant) return refuse(tenant.error());
  const auto plan = call.exit->plan(*tenant);
  if (!plan) return refuse(plan.error());
  return answer(told(*tenant, *plan));
}

ingress::HttpResponse export_tenant(const Call& call) {
  const auto tenant = tenant_of(call);
  if (!tenant) return refuse(tenant.error());
  const auto body = JsonRequest::parse(call.request.body, {"recipient"});
  if (!body) return refuse(body.error());
  const auto recipient = body->text("recipient", kMaxRecipientPem);
  if (!recipient) return refuse(recipient.error());
  const auto facts = call.exit->make_export(*tenant, call.who, *recipient);
  if (!facts) return refuse(facts.error());
  return answer({{"tenant", tenant->text()},
                 {"manifestSha256", facts->manifest_sha256},
                 {"rows", facts->rows},
                 {"history", facts->head.last_audit_sequence}});
}

ingress::HttpResponse read_export_file(const Call& call) {
  const auto tenant = tenant_of(call);
  if (!tenant) return refuse(tenant.error());
  const auto offset = call.query.number("offset", 0, kMaxFile);
  if (!offset) return refuse(offset.error());
  const auto part = call.exit->export_part(*tenant, call.query.text("file"),
                                           static_cast<std::uint64_t>(*offset), kPartOctets);
  if (!part) return refuse(part.error());
  return answer({{"size", part->size}, {"octets", to_base64(part->octets)}});
}

ingress::HttpResponse end_tenant(const Call& call) {
  const auto tenant = tenant_of(call);
  if (!tenant) return refuse(tenant.error());
  const auto body = JsonRequest::parse(
      call.request.body, {"manifestSha256", "giveUpReports", "laterRecordsStay", "reason"});
  if (!body) return refuse(body.error());
  const auto manifest = body->text("manifestSha256", kDigest);
  if (!manifest) return refuse(manifest.error());
  const auto give_up = body->boolean("giveUpReports", false);
  if (!give_up) return refuse(give_up.error());
  const auto stay = body->boolean("laterRecordsStay", false);
  if (!stay) return refuse(stay.error());
  const auto reason = body->text("reason", kMaxReason);
  if (!reason) return refuse(reason.error());
  const ordered_json wish{
      {"manifestSha256", *manifest}, {"giveUpReports", *give_up}, {"laterRecordsStay", *stay}};
  return answer_approval(
      call, call.approvals.request(
                call.who, {kTenantExit, tenant->text(), tenant->text(), wish.dump()}, *reason));
}

ingress::HttpResponse show_exit_certificate(const Call& call) {
  const auto tenant = tenant_of(call);
  if (!tenant) return refuse(tenant.error());
  const auto certificate = call.exit->certificate(*tenant);
  if (!certificate) return refuse(certificate.error());
  return answer({{"tenant", tenant->text()}, {"certificate", *certificate}});
}

}  // namespace berth::api
