#include <nlohmann/json.hpp>

#include "kernel/api/answers.h"
#include "kernel/api/json_request.h"
#include "kernel/api/trial.h"
#include "kernel/plugins/bss.h"

namespace berth::api {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t kMaxEvents = 1000;
constexpr std::size_t kMaxText = 128;
// An endpoint and lane of their own, so that no cursor of a real one moves.
constexpr std::string_view kTrialName = "trial";

ingress::HttpResponse check_order(const Call& call, context::TenantContext& tenant,
                                  const json& order) {
  if (!order.is_object()) return refuse(bad_request("'order' must be an object"));
  const auto verdict = tenant.bss()->check_order(trial_op(call, tenant), order.dump());
  if (!verdict) return refuse(verdict.error());
  if (verdict->decision == plugins::OrderDecision::kAllow) return answer({{"decision", "allow"}});
  const bool held = verdict->decision == plugins::OrderDecision::kHold;
  ordered_json body{{"decision", held ? "hold" : "deny"},
                    {"reason", verdict->reason},
                    {"message", verdict->message}};
  if (held) body["holdForMs"] = verdict->hold_for_ms;
  return answer(body);
}

struct TypedEvent {
  std::string event_id;
  std::string type;
  std::string schema;
  std::string body;
  std::uint64_t sequence = 0;
  std::uint64_t incarnation = 0;
  std::uint32_t attempt = 0;
};

// An event as `berthctl events --json` prints it; what it does not say of itself it is given.
Result<TypedEvent> read_event(const json& one, std::size_t index) {
  const std::string number = std::to_string(index + 1);
  const std::string where = "event " + number + ": ";
  if (!one.is_object()) return bad_request(where + "it must be an object");
  TypedEvent event;
  BERTH_TRY(id, trial_text(one, "eventId", kMaxText, "trial-" + number, where));
  event.event_id = std::move(id);
  BERTH_TRY(type, trial_text(one, "eventType", kMaxText, "trial", where));
  event.schema = type + "/1";
  event.type = std::move(type);
  BERTH_TRY(sequence, trial_number(one, "sequence", 1, INT64_MAX,
                                   static_cast<std::int64_t>(index) + 1, where));
  event.sequence = static_cast<std::uint64_t>(sequence);
  BERTH_TRY(incarnation, trial_number(one, "incarnation", 1, INT64_MAX, 1, where));
  event.incarnation = static_cast<std::uint64_t>(incarnation);
  BERTH_TRY(attempt, trial_number(one, "attempt", 0, UINT32_MAX, 0, where));
  event.attempt = static_cast<std::uint32_t>(attempt);
  event.body = one.dump();
  return event;
}

const char* name_of(plugins::Receipt verdict) {
  switch (verdict) {
    case plugins::Receipt::kDelivered:
      return "delivered";
    case plugins::Receipt::kTryLater:
      return "try later";
    case plugins::Receipt::kPark:
      return "parked";
  }
  return "";
}

ingress::HttpResponse deliver(const Call& call, context::TenantContext& tenant, const json& list) {
  if (!list.is_array() || list.empty() || list.size() > kMaxEvents) {
    return refuse(
        bad_request("'events' must be a list of 1 to " + std::to_string(kMaxEvents) + " events"));
  }
  std::vector<TypedEvent> typed;
  for (std::size_t i = 0; i < list.size(); ++i) {
    Result<TypedEvent> event = read_event(list[i], i);
    if (!event) return refuse(event.error());
    typed.push_back(*std::move(event));
  }
  std::vector<plugins::BssEvent> events;
  for (const TypedEvent& event : typed) {
    events.push_back({event.sequence, event.incarnation, 1, event.attempt, event.event_id,
                      event.type, event.schema, event.body});
  }
  const auto delivery =
      tenant.bss()->deliver(trial_op(call, tenant), {kTrialName, kTrialName, events});
  if (!delivery) return refuse(delivery.error());
  ordered_json receipts = ordered_json::array();
  for (std::size_t i = 0; i < delivery->receipts.size(); ++i) {
    const plugins::EventReceipt& receipt = delivery->receipts[i];
    ordered_json one{{"eventId", typed[i].event_id}, {"verdict", name_of(receipt.verdict)}};
    if (receipt.verdict != plugins::Receipt::kDelivered) {
      one["reason"] = receipt.reason;
      one["message"] = receipt.message;
    }
    receipts.push_back(std::move(one));
  }
  ordered_json body{{"receipts", std::move(receipts)}};
  if (delivery->failure) {
    body["endedBy"] = {{"reason", delivery->failure->reason()},
                       {"message", delivery->failure->message()}};
  }
  return answer(body);
}

ingress::HttpResponse reconcile(const Call& call, context::TenantContext& tenant,
                                const json& page) {
  if (!page.is_object()) return refuse(bad_request("'reconcile' must be an object"));
  for (const auto& [name, value] : page.items()) {
    if (name != "max" && name != "cursor") {
      return refuse(bad_request("unknown member of 'reconcile'; known are max cursor"));
    }
  }
  const auto max = trial_number(page, "max", 1, plugins::BssConnector::kMaxRecords, 100, "");
  if (!max) return refuse(max.error());
  // In hexadecimal: a cursor may be any octets.
  const auto typed = trial_text(page, "cursor", 2048, "", "");
  if (!typed) return refuse(typed.error());
  const auto cursor = from_hex(*typed);
  if (!cursor) return refuse(bad_request("'cursor' is what the page before gave as 'next'"));
  const auto records =
      tenant.bss()->reconcile(trial_op(call, tenant), *cursor, static_cast<std::size_t>(*max));
  if (!records) return refuse(records.error());
  ordered_json list = ordered_json::array();
  for (const std::string& record : records->records) {
    ordered_json parsed = ordered_json::parse(record, nullptr, false);
    if (!parsed.is_object()) {
      return refuse(Error(ErrorCode::kInternal, "plugin.misbehaved",
                          "the connector gave a record that is no JSON object; this is a defect of "
                          "the plugin, tell its author"));
    }
    list.push_back(std::move(parsed));
  }
  ordered_json body{{"records", std::move(list)}};
  if (!records->next_cursor.empty()) body["next"] = to_hex(records->next_cursor);
  return answer(body);
}

}  // namespace

ingress::HttpResponse try_bss(const Call& call, context::TenantContext& tenant) {
  if (tenant.bss() == nullptr) return refuse(unbound(tenant, "bss"));
  const Result<json> body = parse_request(call.request.body, {"order", "events", "reconcile"});
  if (!body) return refuse(body.error());
  if (body->size() != 1) return refuse(bad_request("one of order, events and reconcile is needed"));
  if (body->contains("order")) return check_order(call, tenant, body->at("order"));
  if (body->contains("events")) return deliver(call, tenant, body->at("events"));
  return reconcile(call, tenant, body->at("reconcile"));
}

}  // namespace berth::api
