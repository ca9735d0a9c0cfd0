#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"
#include "kernel/api/approval_answer.h"
#include "kernel/api/endpoints.h"
#include "kernel/api/json_request.h"
#include "kernel/api/tenant_move.h"

namespace berth::api {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMaxFolder = 1024;

Result<TenantId> tenant_of(const Call& call) {
  auto id = TenantId::parse(call.name);
  if (id) return id;
  return Error(ErrorCode::kNotFound, "api.unknown_tenant", "no tenant has such a name");
}

// What the operator does next.
const char* next_of(const std::string& state) {
  if (state == "copying") return "wait until it is copied, or --abort";
  if (state == "copied") return "--hand-over, or --abort; until then nobody serves the tenant";
  if (state == "handing_over") return "say --hand-over again";
  if (state == "moved") {
    return "start the dedicated berthd, put common/<tenant>.json in the place of the tenant's file "
           "here, reload the door; back: stop that berthd, --take-back";
  }
  if (state == "taking_back") return "say --take-back again, or --abort";
  if (state == "returned") {
    return "put the tenant's shared file back here, restart this host, reload the door";
  }
  return "";
}

ordered_json told(const TenantId& tenant, const MoveStatus& status) {
  ordered_json body{
      {"tenant", tenant.text()}, {"move", status.state}, {"servedHere", status.served}};
  if (!status.folder.empty()) body["folder"] = status.folder;
  if (!status.approval.empty()) body["approval"] = status.approval;
  if (!status.problem.empty()) body["problem"] = status.problem;
  if (status.history > 0) body["history"] = status.history;
  const std::string next = status.served ? "" : next_of(status.state);
  if (!next.empty()) body["next"] = next;
  if (!status.served) return body;
  body["downloadsGoingOn"] = status.downloads;
  body["blocked"] = status.blocked;
  return body;
}

ingress::HttpResponse answer_status(const Call& call, const TenantId& tenant,
                                    const std::string& folder) {
  const auto status = call.move->status(tenant, folder);
  return status ? answer(told(tenant, *status)) : refuse(status.error());
}

struct Wish {
  TenantId tenant;
  MoveWish what;
};
// As start_move() below writes it.
Result<Wish> wish_of(const Action& action) {
  const auto body = nlohmann::json::parse(action.body, nullptr, false);
  const Result<TenantId> id = TenantId::parse(action.tenant);
  try {
    if (id) {
      return Wish{*id, {body.at("folder").get<std::string>(), body.at("endDownloads").get<bool>()}};
    }
  } catch (const nlohmann::json::exception&) {
  }
  return Error(ErrorCode::kInvalidArgument, "approval.invalid", "no move of a tenant");
}

using Step = Result<void> (TenantMove::*)(const TenantId&, const std::string& by);
ingress::HttpResponse do_step(const Call& call, Step step) {
  const auto tenant = tenant_of(call);
  if (!tenant) return refuse(tenant.error());
  const auto body = JsonRequest::parse(call.request.body, {});
  if (!body) return refuse(body.error());
  if (const auto done = (call.move->*step)(*tenant, call.who.name); !done) {
    return refuse(done.error());
  }
  return answer_status(call, *tenant, {});
}

}  // namespace

ActionKind tenant_move_kind(TenantMove& move, const Approvals& approvals) {
  return {"a tenant's move to a host of its own: it is closed and copied",
          [&move](const Action& action) -> Result<void> {
            BERTH_TRY(wish, wish_of(action));
            return move.check(wish.tenant, wish.what);
          },
          [&move, &approvals](const std::string& approval_id,
                              const Action& action) -> Result<std::string> {
            BERTH_TRY(wish, wish_of(action));
            BERTH_TRY(approval, approvals.find(approval_id));
            BERTH_TRY_VOID(move.start(wish.tenant, wish.what, approval));
            return std::string(
                "the tenant is closed and copied; berthctl tenant move --hand-over or --abort");
          }};
}

ActionKind tenant_take_back_kind(TenantMove& move, const Approvals& approvals) {
  return {"the return of a tenant from its own host",
          [&move](const Action& action) -> Result<void> {
            BERTH_TRY(tenant, TenantId::parse(action.tenant));
            return move.check_back(tenant);
          },
          [&move, &approvals](const std::string& approval_id,
                              const Action& action) -> Result<std::string> {
            BERTH_TRY(tenant, TenantId::parse(action.tenant));
            BERTH_TRY(approval, approvals.find(approval_id));
            BERTH_TRY_VOID(move.take_back(tenant, approval));
            return std::string(
                "the tenant is here again; put its shared file back, restart this host and reload "
                "the door");
          }};
}

ingress::HttpResponse show_move(const Call& call) {
  const auto tenant = tenant_of(call);
  if (!tenant) return refuse(tenant.error());
  return answer_status(call, *tenant, std::string(call.query.text("folder")));
}

ingress::HttpResponse start_move(const Call& call) {
  const auto tenant = tenant_of(call);
  if (!tenant) return refuse(tenant.error());
  const auto body = JsonRequest::parse(call.request.body, {"folder", "endDownloads", "reason"});
  if (!body) return refuse(body.error());
  const auto folder = body->text("folder", kMaxFolder);
  if (!folder) return refuse(folder.error());
  const auto end_downloads = body->boolean("endDownloads", false);
  if (!end_downloads) return refuse(end_downloads.error());
  const auto reason = body->text("reason", kMaxReason);
  if (!reason) return refuse(reason.error());
  const ordered_json wish{{"folder", *folder}, {"endDownloads", *end_downloads}};
  return answer_approval(
      call, call.approvals.request(
                call.who, {kTenantMove, tenant->text(), tenant->text(), wish.dump()}, *reason));
}

ingress::HttpResponse hand_over_tenant(const Call& call) {
  return do_step(call, &TenantMove::hand_over);
}

ingress::HttpResponse abort_move(const Call& call) { return do_step(call, &TenantMove::abort); }

ingress::HttpResponse take_tenant_back(const Call& call) {
  const auto tenant = tenant_of(call);
  if (!tenant) return refuse(tenant.error());
  const auto body = JsonRequest::parse(call.request.body, {"reason"});
  if (!body) return refuse(body.error());
  const auto reason = body->text("reason", kMaxReason);
  if (!reason) return refuse(reason.error());
  return answer_approval(
      call, call.approvals.request(
                call.who, {kTenantTakeBack, tenant->text(), tenant->text(), "{}"}, *reason));
}

}  // namespace berth::api
