#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"
#include "kernel/api/approval_answer.h"
#include "kernel/api/endpoints.h"
#include "kernel/api/json_request.h"
#include "kernel/routing/route_book.h"

namespace berth::api {
namespace {

using nlohmann::ordered_json;
using routing::RouteBook;
using routing::RouteChange;
using routing::RouteVersion;

constexpr std::int64_t kMaxVersion = 999'999'999;
constexpr std::size_t kMaxListed = 1000;

ordered_json told(const RouteVersion& version) {
  ordered_json body{{"version", version.number},
                    {"sha256", version.sha256},
                    {"at", to_rfc3339(version.at_ms)},
                    {"approvedBy", version.approved_by},
                    {"reason", version.note}};
  if (!version.change_id.empty()) body["approval"] = version.change_id;
  if (version.rollback_of != 0) body["rollbackOf"] = version.rollback_of;
  body["statement"] = version.statement;
  body["signature"] = version.signature_hex;
  body["key"] = version.key_sha256;
  return body;
}

ordered_json told(const routing::Differences& differences) {
  ordered_json list = ordered_json::array();
  for (const routing::Difference& one : differences.told) {
    list.push_back(
        {{"change", one.added ? "added" : "removed"}, {"tenant", one.tenant}, {"what", one.what}});
  }
  return {{"differences", std::move(list)}, {"total", differences.total}};
}

Result<routing::Facts> facts_of(const Query& query) {
  routing::Facts facts;
  const auto text = [&query](const char* name) { return std::string(query.text(name)); };
  if (!text("realm").empty()) {
    BERTH_TRY(realm, HostName::parse(text("realm")));
    facts.realm = std::move(realm);
  }
  if (!text("eid").empty()) {
    BERTH_TRY(eid, Eid::parse(text("eid")));
    facts.eid = eid;
  }
  if (!text("mccMnc").empty()) {
    BERTH_TRY(mcc_mnc, MccMnc::parse(text("mccMnc")));
    facts.mcc_mnc = std::move(mcc_mnc);
  }
  if (!text("iccid").empty()) {
    BERTH_TRY(iccid, Iccid::parse(text("iccid")));
    facts.iccid = std::move(iccid);
  }
  for (const auto& [name, gid] :
       {std::pair("gid1", &facts.gid1_hex), std::pair("gid2", &facts.gid2_hex)}) {
    BERTH_TRY(octets, from_hex(text(name)));
    *gid = to_hex(octets);
  }
  const std::string imsi = text("imsi");
  if (imsi.empty()) return facts;
  constexpr std::size_t kMinImsi = 6;
  constexpr std::size_t kMaxImsi = 15;
  if (imsi.size() < kMinImsi || imsi.size() > kMaxImsi ||
      imsi.find_first_not_of("0123456789") != std::string::npos) {
    return bad_request("'imsi' is 6 to 15 digits");
  }
  facts.imsi = imsi;
  return facts;
}

// What an approver is shown of a change, without the document.
constexpr std::size_t kMaxShownChanges = 50;

std::string body_of(const RouteBook::Proposal& proposal, std::int64_t rollback_of) {
  ordered_json changes = ordered_json::array();
  for (const routing::Difference& one : proposal.differences.told) {
    if (changes.size() == kMaxShownChanges) break;
    changes.push_back((one.added ? "+ " : "- ") + one.tenant + ": " + one.what);
  }
  return ordered_json{{"base", proposal.base},
                      {"sha256", proposal.sha256},
                      {"rollbackOf", rollback_of},
                      {"total", proposal.differences.total},
                      {"changes", std::move(changes)}}
      .dump();
}

Result<RouteChange> change_of(const Action& action) {
  const auto body = nlohmann::json::parse(action.body, nullptr, false);
  try {
    RouteChange change;
    change.sha256 = body.at("sha256").get<std::string>();
    change.base = body.at("base").get<std::int64_t>();
    change.rollback_of = body.at("rollbackOf").get<std::int64_t>();
    return change;
  } catch (const nlohmann::json::exception&) {
    return Error(ErrorCode::kInvalidArgument, "approval.invalid", "no change of the routes");
  }
}

// Applies as far as one person may; the rest is another's.
ingress::HttpResponse change(const Call& call, const Result<RouteBook::Proposal>& proposal,
                             const std::string& reason, std::int64_t rollback_of, bool dry_run) {
  if (!proposal) return refuse(proposal.error());
  ordered_json body = told(proposal->differences);
  body["base"] = proposal->base;
  body["sha256"] = proposal->sha256;
  if (dry_run) return answer(body);
  const Result<Approval> asked = call.approvals.request(
      call.who, {kRouteChange, "", "routes", body_of(*proposal, rollback_of)}, reason);
  if (!asked) return refuse(asked.error());
  body.update(described(call.approvals, *asked));
  return answer(body);
}

}  // namespace

ActionKind route_change_kind(RouteBook& routes, const Approvals& approvals) {
  return {"a change of the routes",
          [&routes](const Action& action) -> Result<void> {
            BERTH_TRY(change, change_of(action));
            return routes.check(change);
          },
          [&routes, &approvals](const std::string& approval_id,
                                const Action& action) -> Result<std::string> {
            BERTH_TRY(change, change_of(action));
            BERTH_TRY(approval, approvals.find(approval_id));
            change.approved_by = {approval.requester, approval.decided_by};
            if (!approval.alone.empty()) change.approved_by.push_back("alone: " + approval.alone);
            change.note = approval.reason;
            change.change_id = approval_id;
            BERTH_TRY(version, routes.activate(change));
            return "version " + std::to_string(version.number) + " is in force";
          }};
}

ingress::HttpResponse show_routes(const Call& call) {
  const auto table = call.hooks.routes->table();
  ordered_json body = told(call.hooks.routes->in_force());
  body["tenants"] = table->routes().size();
  body["eidRanges"] = table->eids().ranges().size();
  return answer(body);
}

ingress::HttpResponse show_routes_document(const Call& call) {
  const RouteVersion now = call.hooks.routes->in_force();
  const auto number = call.query.number("version", now.number, kMaxVersion);
  if (!number) return refuse(number.error());
  const auto document = call.hooks.routes->document(*number);
  if (!document) return refuse(document.error());
  return answer({{"version", *number}, {"document", *document}});
}

ingress::HttpResponse list_route_versions(const Call& call) {
  const auto before = call.query.number("before", 0, kMaxVersion);
  if (!before) return refuse(before.error());
  const auto max = call.query.number("max", kMaxListed, kMaxListed);
  if (!max) return refuse(max.error());
  const auto versions = call.hooks.routes->history(*before, static_cast<std::size_t>(*max));
  if (!versions) return refuse(versions.error());
  ordered_json list = ordered_json::array();
  for (const RouteVersion& version : *versions) list.push_back(told(version));
  return answer({{"versions", std::move(list)}});
}

ingress::HttpResponse diff_routes(const Call& call) {
  const RouteVersion now = call.hooks.routes->in_force();
  const auto to = call.query.number("to", now.number, kMaxVersion);
  if (!to) return refuse(to.error());
  const auto from = call.query.number("from", *to - 1, kMaxVersion);
  if (!from) return refuse(from.error());
  const auto differences = call.hooks.routes->diff(*from, *to);
  if (!differences) return refuse(differences.error());
  ordered_json body = told(*differences);
  body["from"] = *from;
  body["to"] = *to;
  return answer(body);
}

ingress::HttpResponse apply_routes(const Call& call) {
  const auto body = JsonRequest::parse(call.request.body, {"document", "reason", "dryRun"});
  if (!body) return refuse(body.error());
  const auto document = body->text("document", tenancy::kMaxRoutesBytes);
  if (!document) return refuse(document.error());
  const auto dry_run = body->boolean("dryRun", false);
  if (!dry_run) return refuse(dry_run.error());
  const auto reason =
      *dry_run ? Result<std::string>(std::string()) : body->text("reason", kMaxReason);
  if (!reason) return refuse(reason.error());
  RouteBook& routes = *call.hooks.routes;
  return change(call,
                *dry_run ? routes.preview(*document) : routes.propose(*document, call.who.name),
                *reason, 0, *dry_run);
}

ingress::HttpResponse roll_routes_back(const Call& call) {
  const auto body = JsonRequest::parse(call.request.body, {"version", "reason", "dryRun"});
  if (!body) return refuse(body.error());
  const auto number = body->number("version", kMaxVersion);
  if (!number) return refuse(number.error());
  const auto dry_run = body->boolean("dryRun", false);
  if (!dry_run) return refuse(dry_run.error());
  const auto reason =
      *dry_run ? Result<std::string>(std::string()) : body->text("reason", kMaxReason);
  if (!reason) return refuse(reason.error());
  return change(call, call.hooks.routes->propose_rollback(*number), *reason, *number, *dry_run);
}

ingress::HttpResponse explain_route(const Call& call) {
  const auto facts = facts_of(call.query);
  if (!facts) return refuse(facts.error());
  const routing::Explanation told = call.hooks.routes->explain(*facts);
  ordered_json steps = ordered_json::array();
  for (const routing::Step& step : told.steps) {
    ordered_json one{{"stage", step.stage}, {"agrees", step.agreed}, {"rule", step.rule}};
    if (!step.agreed) {
      one["status"] = step.status;
      one["remedy"] = step.remedy;
    }
    steps.push_back(std::move(one));
  }
  return answer({{"accepted", told.accepted},
                 {"tenant", told.tenant.empty() ? ordered_json() : ordered_json(told.tenant)},
                 {"version", call.hooks.routes->in_force().number},
                 {"steps", std::move(steps)}});
}

ingress::HttpResponse prove_routes(const Call& call) {
  const auto proof = call.hooks.routes->prove();
  if (!proof) return refuse(proof.error());
  return answer({{"proof", *proof}});
}

ingress::HttpResponse show_route_key(const Call& call) {
  const auto key = call.hooks.routes->public_key_pem();
  if (!key) return refuse(key.error());
  return answer({{"publicKey", *key}});
}

ingress::HttpResponse report_realm_traffic(const Call& call) {
  const std::string_view from = call.query.text("from");
  if (!from.empty() && !parse_rfc3339(std::string(from) + "T00:00:00Z")) {
    return refuse(bad_request("'from' is a day: 2026-05-07"));
  }
  const auto traffic = call.hooks.realm_traffic->report(std::string(from));
  if (!traffic) return refuse(traffic.error());
  const auto table = call.hooks.routes->table();
  ordered_json list = ordered_json::array();
  for (const routing::NameTraffic& one : *traffic) {
    const auto name = HostName::parse(one.name);
    const tenancy::Route* route = name ? table->by_realm(*name) : nullptr;
    list.push_back(
        {{"day", one.day},
         {"realm", one.name},
         {"tenant", route == nullptr ? ordered_json() : ordered_json(route->tenant.text())},
         {"served", one.served},
         {"refused", one.refused}});
  }
  return answer({{"realms", std::move(list)}});
}

}  // namespace berth::api
