#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"
#include "kernel/api/approval_answer.h"
#include "kernel/api/endpoints.h"
#include "kernel/api/json_request.h"

namespace berth::api {
namespace {

using nlohmann::ordered_json;

constexpr std::int64_t kDefaultPage = 100;
constexpr std::int64_t kMaxPage = 1000;
constexpr std::size_t kDigestDigits = 64;

ordered_json described(const Grant& grant, UnixMs now) {
  ordered_json one{{"id", grant.id},
                   {"operator", grant.who},
                   {"reason", grant.reason},
                   {"openedAt", to_rfc3339_ms(grant.opened_ms)},
                   {"endsAt", to_rfc3339_ms(grant.ends_ms)},
                   {"open", grant.acknowledged_by.empty() && now < grant.ends_ms}};
  if (!grant.acknowledged_by.empty()) one["acknowledgedBy"] = grant.acknowledged_by;
  return one;
}

}  // namespace

ordered_json described(const Approvals& approvals, const Approval& approval) {
  const Action& action = approval.action;
  ordered_json one{{"id", approval.id},
                   {"state", to_string(approval.state)},
                   {"kind", action.kind},
                   {"title", approvals.title_of(action.kind)}};
  if (!action.tenant.empty()) one["tenant"] = action.tenant;
  one["subject"] = action.subject;
  one["digest"] = to_hex(action_digest(action));
  one["requester"] = approval.requester;
  one["reason"] = approval.reason;
  one["requestedAt"] = to_rfc3339_ms(approval.requested_ms);
  one["expiresAt"] = to_rfc3339_ms(approval.expires_ms);
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) one[name] = value;
  };
  add("decidedBy", approval.decided_by);
  add("decision", approval.decision);
  add("alone", approval.alone);
  add("outcome", approval.outcome);
  return one;
}

ingress::HttpResponse answer_approval(const Call& call, const Result<Approval>& approval) {
  if (!approval) return refuse(approval.error());
  return answer(described(call.approvals, *approval));
}

ingress::HttpResponse who_am_i(const Call& call) {
  ordered_json roles = ordered_json::array();
  for (const OperatorRole role : {OperatorRole::kOperator, OperatorRole::kApprover,
                                  OperatorRole::kAuditor, OperatorRole::kTenant}) {
    if (call.who.roles.has(role)) roles.push_back(to_string(role));
  }
  ordered_json body{{"name", call.who.name}, {"roles", std::move(roles)}};
  if (call.who.tenant) body["tenant"] = call.who.tenant->text();
  body["twoPeople"] = !call.access.one_person_enough();
  if (call.access.open()) {
    body["note"] = "no operators are configured: whoever opens the socket may do everything";
  }
  return answer(body);
}

ingress::HttpResponse list_approvals(const Call& call) {
  const Result<std::int64_t> max = call.query.number("max", kDefaultPage, kMaxPage);
  if (!max) return refuse(max.error());
  std::optional<ApprovalState> state;
  if (const std::string_view wanted = call.query.text("state"); !wanted.empty()) {
    state = approval_state_from(wanted);
    if (!state) {
      return refuse(
          bad_request("'state' is one of pending, approved, done, failed, rejected and expired"));
    }
  }
  const auto found = call.approvals.list(state, std::string(call.query.text("after")),
                                         static_cast<std::size_t>(*max));
  if (!found) return refuse(found.error());
  ordered_json list = ordered_json::array();
  for (const Approval& approval : *found) list.push_back(described(call.approvals, approval));
  const std::string next =
      found->empty() ? std::string(call.query.text("after")) : found->back().id;
  return answer({{"approvals", std::move(list)}, {"next", next}});
}

ingress::HttpResponse show_approval(const Call& call) {
  const Result<Approval> approval = call.approvals.find(call.name);
  if (!approval) return refuse(approval.error());
  ordered_json body = described(call.approvals, *approval);
  body["body"] = approval->action.body;
  return answer(body);
}

ingress::HttpResponse approve(const Call& call) {
  const Result<JsonRequest> body = JsonRequest::parse(call.request.body, {"digest"});
  if (!body) return refuse(body.error());
  const Result<std::string> digest = body->text("digest", kDigestDigits);
  if (!digest) return refuse(digest.error());
  return answer_approval(call, call.approvals.approve(call.who, call.name, *digest));
}

ingress::HttpResponse reject(const Call& call) {
  const Result<JsonRequest> body = JsonRequest::parse(call.request.body, {"reason"});
  if (!body) return refuse(body.error());
  const Result<std::string> reason = body->text("reason", kMaxReason);
  if (!reason) return refuse(reason.error());
  // An operator takes back what it asked for itself; to turn down another's takes an approver.
  if (!call.who.roles.has(OperatorRole::kApprover)) {
    const Result<Approval> asked = call.approvals.find(call.name);
    if (!asked) return refuse(asked.error());
    if (asked->requester != call.who.name) {
      return refuse(Error(ErrorCode::kPermissionDenied, "access.role",
                          "'" + asked->requester +
                              "' asked for this; to reject it takes an "
                              "approver"));
    }
  }
  return answer_approval(call, call.approvals.reject(call.who, call.name, *reason));
}

ingress::HttpResponse open_break_glass(const Call& call) {
  const Result<JsonRequest> body = JsonRequest::parse(call.request.body, {"reason"});
  if (!body) return refuse(body.error());
  const Result<std::string> reason = body->text("reason", kMaxReason);
  if (!reason) return refuse(reason.error());
  const Result<Grant> grant = call.break_glass.open(call.who, *reason);
  if (!grant) return refuse(grant.error());
  return answer(described(*grant, call.clock.now_ms()), 201);
}

ingress::HttpResponse list_break_glass(const Call& call) {
  const auto grants = call.break_glass.unacknowledged();
  if (!grants) return refuse(grants.error());
  ordered_json list = ordered_json::array();
  for (const Grant& grant : *grants) list.push_back(described(grant, call.clock.now_ms()));
  return answer({{"grants", std::move(list)}});
}

ingress::HttpResponse acknowledge_break_glass(const Call& call) {
  const Result<Grant> grant =
      call.break_glass.acknowledge(call.who, call.name, call.access.one_person_enough());
  if (!grant) return refuse(grant.error());
  return answer(described(*grant, call.clock.now_ms()));
}

}  // namespace berth::api
