#include <limits>
#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"
#include "kernel/api/endpoints.h"

namespace berth::api {
namespace {

using nlohmann::ordered_json;

constexpr std::int64_t kDefaultPage = 100;
constexpr std::int64_t kMaxPage = 1000;

ingress::HttpResponse answer_verdict(const Result<ledger::ChainVerdict>& verdict) {
  if (!verdict) return refuse(verdict.error());
  ordered_json body{
      {"intact", verdict->intact}, {"records", verdict->records}, {"purged", verdict->purged}};
  if (!verdict->intact) {
    body["firstBadSequence"] = verdict->first_bad_sequence;
    body["reason"] = verdict->reason;
  }
  return answer(body);
}

}  // namespace

ingress::HttpResponse list_events(const Call& call, context::TenantContext& tenant) {
  const Result<std::int64_t> after =
      call.query.number("after", 0, std::numeric_limits<std::int64_t>::max());
  if (!after) return refuse(after.error());
  const Result<std::int64_t> max = call.query.number("max", kDefaultPage, kMaxPage);
  if (!max) return refuse(max.error());
  const auto events = tenant.ledger().events(*after, static_cast<std::size_t>(*max));
  if (!events) return refuse(events.error());
  ordered_json list = ordered_json::array();
  for (const ledger::EventRecord& event : *events) {
    // The body is text, not JSON in JSON: unescaped it is, octet for octet, what is delivered.
    list.push_back({{"sequence", event.sequence},
                    {"incarnation", event.incarnation},
                    {"eventId", event.event_id},
                    {"type", event.type},
                    {"committedAt", to_rfc3339_ms(event.committed_ms)},
                    {"body", event.body}});
  }
  const std::int64_t next = events->empty() ? *after : events->back().sequence;
  return answer({{"events", std::move(list)}, {"next", next}});
}

ingress::HttpResponse tell_story(const Call& call, context::TenantContext& tenant) {
  std::string_view key = call.query.text("key");
  if (key.starts_with("LPA:")) key.remove_prefix(4);
  if (key.empty()) {
    return refuse(bad_request("'key' is missing: an activation code, a MatchingID or an ICCID"));
  }
  const Result<smdpplus::Story> story = call.services.tell_story(tenant, key);
  if (!story) return refuse(story.error());
  ordered_json steps = ordered_json::array();
  for (const smdpplus::StoryStep& step : story->steps) {
    steps.push_back({{"time", to_rfc3339_ms(step.time_ms)},
                     {"timeMs", step.time_ms},
                     {"type", step.type},
                     {"title", step.title},
                     {"detail", step.detail},
                     {"auditSequence", step.audit_sequence}});
  }
  return answer({{"tenant", tenant.id().text()},
                 {"iccid", story->iccid},
                 {"state", story->state},
                 {"steps", std::move(steps)}});
}

ingress::HttpResponse verify_tenant_audit(context::TenantContext& tenant) {
  return answer_verdict(tenant.ledger().verify_audit());
}

ingress::HttpResponse list_host_audit(const Call& call) {
  const Result<std::int64_t> after =
      call.query.number("after", 0, std::numeric_limits<std::int64_t>::max());
  if (!after) return refuse(after.error());
  const Result<std::int64_t> max = call.query.number("max", kDefaultPage, kMaxPage);
  if (!max) return refuse(max.error());
  const auto records = call.host_ledger.audit_records(*after, static_cast<std::size_t>(*max));
  if (!records) return refuse(records.error());
  ordered_json list = ordered_json::array();
  for (const ledger::AuditRecord& record : *records) {
    ordered_json one{{"sequence", record.sequence},
                     {"time", to_rfc3339_ms(record.time_ms)},
                     {"type", record.type}};
    if (record.payload) {
      ordered_json details = ordered_json::parse(*record.payload, nullptr, false);
      if (!details.is_discarded()) one["details"] = std::move(details);
    }
    list.push_back(std::move(one));
  }
  const std::int64_t next = records->empty() ? *after : records->back().sequence;
  return answer({{"records", std::move(list)}, {"next", next}});
}

ingress::HttpResponse verify_host_audit(ledger::HostLedger& host_ledger) {
  return answer_verdict(host_ledger.verify_audit());
}

}  // namespace berth::api
