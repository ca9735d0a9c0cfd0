#include "kernel/smdpplus/drafts.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "kernel/base/digest.h"

namespace berth::smdpplus {
namespace {

bool needs_no_escape(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

// A text as JSON. Invalid UTF-8 from a peer must not throw where history is written.
void append_quoted(std::string& out, std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), needs_no_escape)) {
    out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

// An object written member by member: every commit has three of them, nearly all of plain text.
class ObjectText {
 public:
  ObjectText() { text_.reserve(kUsual); }
  // `name` is a word of ours.
  ObjectText& member(std::string_view name, std::string_view value) {
    begin(name);
    append_quoted(text_, value);
    return *this;
  }
  ObjectText& unless_empty(std::string_view name, std::string_view value) {
    return value.empty() ? *this : member(name, value);
  }
  ObjectText& number(std::string_view name, std::uint64_t value) {
    begin(name);
    text_ += std::to_string(value);
    return *this;
  }
  std::string end() && {
    text_ += text_.empty() ? "{}" : "}";
    return std::move(text_);
  }

 private:
  static constexpr std::size_t kUsual = 480;

  void begin(std::string_view name) {
    text_ += text_.empty() ? "{\"" : ",\"";
    text_ += name;
    text_ += "\":";
  }

  std::string text_;
};

}  // namespace

ledger::EventDraft event_draft(const context::TenantContext& tenant, std::string_view type,
                               const EventFacts& facts) {
  ledger::EventDraft draft;
  draft.event_id = tenant.random().uuid_at(tenant.clock().now_ms());
  draft.type = type;
  ObjectText body;
  body.member("eventType", type)
      .member("eventId", draft.event_id)
      .member("tenantId", tenant.id().text())
      .member("correlationId", facts.correlation_id)
      .unless_empty("orderId", facts.order_id)
      .unless_empty("eid", facts.eid ? facts.eid->text() : std::string_view())
      .unless_empty("iccid", facts.iccid ? facts.iccid->text() : std::string_view())
      .unless_empty("stage", facts.stage)
      .unless_empty("result", facts.result)
      .unless_empty("resultCode", facts.result_code);
  if (facts.attempt != 0) body.number("attempt", facts.attempt);
  body.unless_empty("supersedes", facts.supersedes)
      .member("completedAt", to_rfc3339(tenant.clock().now_ms()));
  draft.body_open = std::move(body).end();
  return draft;
}

std::string details_json(std::initializer_list<Detail> details) {
  ObjectText object;
  for (const auto& [name, value] : details) object.unless_empty(name, value);
  return std::move(object).end();
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
