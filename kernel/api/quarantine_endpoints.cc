#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"
#include "kernel/api/approval_answer.h"
#include "kernel/api/endpoints.h"
#include "kernel/api/json_request.h"

namespace berth::api {
namespace {

using lifecycle::ReleaseTo;
using nlohmann::ordered_json;

std::optional<ReleaseTo> release_to(std::string_view text) {
  if (text == "Available") return ReleaseTo::kAvailable;
  if (text == "Unavailable") return ReleaseTo::kUnavailable;
  return std::nullopt;
}

// The action as it was written by release_quarantine() below.
struct Wish {
  std::shared_ptr<context::TenantContext> tenant;
  Iccid iccid;
  ReleaseTo to;
};
Result<Wish> wish_of(const context::Tenants& tenants, const Action& action) {
  const Result<TenantId> id = TenantId::parse(action.tenant);
  const auto tenant = id ? tenants.find(*id) : nullptr;
  const Result<Iccid> iccid = Iccid::parse(action.subject);
  const auto body = nlohmann::json::parse(action.body, nullptr, false);
  const auto to = body.is_object() ? release_to(body.value("profile", std::string()))
                                   : std::optional<ReleaseTo>();
  if (tenant == nullptr || !iccid || !to) {
    return Error(ErrorCode::kInvalidArgument, "approval.invalid",
                 "the release names no tenant, profile or state of this host");
  }
  return Wish{tenant, *iccid, *to};
}

}  // namespace

ActionKind quarantine_release_kind(const context::Tenants& tenants, const Services& services) {
  return {"the release of a quarantined profile",
          [&tenants, &services](const Action& action) -> Result<void> {
            BERTH_TRY(wish, wish_of(tenants, action));
            return services.check_quarantine_release(*wish.tenant, wish.iccid, wish.to);
          },
          [&tenants, &services](const std::string& approval_id,
                                const Action& action) -> Result<std::string> {
            BERTH_TRY(wish, wish_of(tenants, action));
            BERTH_TRY_VOID(
                services.release_quarantine(*wish.tenant, {approval_id, wish.iccid, wish.to}));
            return "the profile is " +
                   std::string(wish.to == ReleaseTo::kAvailable ? "Available" : "Unavailable");
          }};
}

ingress::HttpResponse release_quarantine(const Call& call, context::TenantContext& tenant) {
  const Result<Iccid> iccid = parse_typed_iccid(call.name);
  if (!iccid) return refuse(iccid.error());
  const Result<JsonRequest> body = JsonRequest::parse(call.request.body, {"profile", "reason"});
  if (!body) return refuse(body.error());
  const Result<std::string> to = body->text("profile", 16);
  if (!to) return refuse(to.error());
  if (!release_to(*to)) {
    return refuse(bad_request("'profile' is Available (may be ordered again) or Unavailable"));
  }
  const Result<std::string> reason = body->text("reason", kMaxReason);
  if (!reason) return refuse(reason.error());
  return answer_approval(call, call.approvals.request(call.who,
                                                      {kQuarantineRelease, tenant.id().text(),
                                                       std::string(iccid->text()),
                                                       ordered_json{{"profile", *to}}.dump()},
                                                      *reason));
}

}  // namespace berth::api
