#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"
#include "kernel/api/endpoints.h"
#include "kernel/rsp/sgp22/status_codes.h"

namespace berth::api {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMaxCodeOctets = 32;

// What a door has seen since the host started.
ordered_json told(const ingress::IngressCounters& counters) {
  return {{"connections", counters.accepted.load()},
          {"requests", counters.requests.load()},
          {"unknownServerName", counters.unknown_server_name.load()},
          {"noClientCertificate", counters.no_client_certificate.load()},
          {"refusedConnections", counters.refused_connections.load()},
          {"refusedAtHello", counters.refused_at_hello.load()},
          {"refusedRequests", counters.refused_requests.load()},
          {"failures", counters.handler_failures.load()}};
}

}  // namespace

ingress::HttpResponse show_status(const context::Tenants& tenants, const HostFacts& facts,
                                  const HostHooks& hooks, UnixMs now) {
  ordered_json body{{"version", facts.version},
                    {"startedAt", to_rfc3339(facts.started_ms)},
                    {"now", to_rfc3339_ms(now)},
                    {"uptimeMs", now - facts.started_ms},
                    {"es9", facts.es9_address}};
  if (!facts.es2_address.empty()) body["es2"] = facts.es2_address;
  body["tenants"] = tenants.all().size();
  body["profile"] = facts.profile;
  body["plugins"] = ordered_json::array();
  const auto plugins = hooks.plugins ? hooks.plugins() : std::vector<PluginFacts>();
  for (const PluginFacts& plugin : plugins) body["plugins"].push_back(told(plugin));
  if (facts.es9_counters != nullptr) body["es9Door"] = told(*facts.es9_counters);
  if (facts.es2_counters != nullptr) body["es2Door"] = told(*facts.es2_counters);
  return answer(body);
}

ingress::HttpResponse explain(const Query& query) {
  const std::string_view pair = query.text("pair");
  const std::size_t slash = pair.find('/');
  if (slash == std::string_view::npos || pair.size() > kMaxCodeOctets) {
    return refuse(bad_request("'pair' is subject code, slash, reason code, as in 8.2.6/3.8"));
  }
  const std::string_view subject = pair.substr(0, slash);
  const std::string_view reason = pair.substr(slash + 1);
  const auto meaning = rsp::sgp22::describe(subject, reason);
  if (!meaning) {
    return refuse(Error(ErrorCode::kNotFound, "api.unknown_pair",
                        "neither code of this pair is one of SGP.22; check it for a typing error"));
  }
  return answer({{"pair", pair},
                 {"subject", rsp::sgp22::subject_name(subject)},
                 {"reason", rsp::sgp22::reason_name(reason)},
                 {"meaning", meaning->meaning},
                 {"whoseTurn", meaning->whose_turn},
                 {"nextStep", meaning->next_step}});
}

ingress::HttpResponse run_doctor(const HostHooks& hooks) {
  const DoctorReport report = hooks.doctor();
  ordered_json findings = ordered_json::array();
  for (const Finding& finding : report.findings) {
    findings.push_back({{"name", finding.name},
                        {"grade", to_string(finding.grade)},
                        {"detail", finding.detail},
                        {"remedy", finding.remedy}});
    if (!finding.tenant.empty()) findings.back()["tenant"] = finding.tenant;
  }
  return answer({{"red", report.red()},
                 {"platformRed", report.platform_red()},
                 {"redTenants", report.red_tenants()},
                 {"findings", std::move(findings)}});
}

}  // namespace berth::api
