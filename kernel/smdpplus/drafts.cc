#include "kernel/smdpplus/drafts.h"

#include <nlohmann/json.hpp>

#include "kernel/base/digest.h"

namespace berth::smdpplus {
namespace {

using Json = nlohmann::ordered_json;

// Invalid UTF-8 from a peer must not throw where history is written.
std::string dump(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

ledger::EventDraft event_draft(const context::TenantContext& tenant, std::string_view type,
                               const EventFacts& facts) {
  ledger::EventDraft draft;
  draft.event_id = tenant.random().uuid_at(tenant.clock().now_ms());
  draft.type = type;
  Json body;
  body["eventType"] = type;
  body["eventId"] = draft.event_id;
  body["tenantId"] = tenant.id().text();
  body["correlationId"] = facts.correlation_id;
  if (!facts.order_id.empty()) body["orderId"] = facts.order_id;
  if (facts.eid) body["eid"] = facts.eid->text();
  if (facts.iccid) body["iccid"] = facts.iccid->text();
  if (!facts.stage.empty()) body["stage"] = facts.stage;
  if (!facts.result.empty()) body["result"] = facts.result;
  if (!facts.result_code.empty()) body["resultCode"] = facts.result_code;
  if (facts.attempt != 0) body["attempt"] = facts.attempt;
  if (!facts.supersedes.empty()) body["supersedes"] = facts.supersedes;
  body["completedAt"] = to_rfc3339(tenant.clock().now_ms());
  draft.body_open = dump(body);
  return draft;
}

std::string details_json(std::initializer_list<Detail> details) {
  Json object = Json::object();
  for (const auto& [name, value] : details) {
    if (!value.empty()) object[std::string(name)] = value;
  }
  return dump(object);
}

ledger::AuditDraft audit_draft(std::string_view type, ledger::Subject subject,
                               std::initializer_list<Detail> details) {
  return {std::string(type), std::move(subject), details_json(details)};
}

ledger::UsageDraft usage_draft(std::string_view kind, std::string_view order_id,
                               std::initializer_list<Detail> attributes) {
  ledger::UsageDraft draft;
  draft.kind = kind;
  draft.subject = order_id;
  draft.attributes_json = details_json(attributes);
  return draft;
}

ledger::Subject code_subject(const MatchingId& code) {
  const Sha256 digest = sha256(as_bytes(code.text()));
  return {ledger::SubjectKind::kCode, to_hex(ByteView(digest).first(16))};
}

std::string new_commit_id(const context::TenantContext& tenant) {
  std::string id = tenant.random().uuid_at(tenant.clock().now_ms());
  std::erase(id, '-');
  return id;
}

}  // namespace berth::smdpplus
