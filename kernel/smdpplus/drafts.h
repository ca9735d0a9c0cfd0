// What a commit says about itself: event, audit and usage drafts in the field's words.

#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "kernel/context/tenant_context.h"
#include "kernel/ledger/unit.h"

namespace berth::smdpplus {

// The members of a tenant event; empty ones are left out. Times are whole seconds, UTC.
struct EventFacts {
  std::string correlation_id;
  std::string order_id;
  std::optional<Eid> eid;
  std::optional<Iccid> iccid;
  std::string stage;        // downloadProgress: "authenticated", "bound"
  std::string result;       // "SUCCESS", "FAILED", "CANCELLED", "UNKNOWN"
  std::string result_code;  // "RSP-2000"
  std::uint32_t attempt = 0;
  std::string supersedes;  // the id of the event that this one corrects
};
ledger::EventDraft event_draft(const context::TenantContext& tenant, std::string_view type,
                               const EventFacts& facts);

using Detail = std::pair<std::string_view, std::string>;
// A JSON object of text members.
std::string details_json(std::initializer_list<Detail> details);
ledger::AuditDraft audit_draft(std::string_view type, ledger::Subject subject,
                               std::initializer_list<Detail> details);

// A usage fact of one unit ("1000 thousandths") about an order.
ledger::UsageDraft usage_draft(std::string_view kind, std::string_view order_id,
                               std::initializer_list<Detail> attributes = {});

// A code as a subject of history: its digest, since the code itself is as good as the profile.
ledger::Subject code_subject(const MatchingId& code);

// A fresh commit id: 32 hexadecimal digits that rise with time.
std::string new_commit_id(const context::TenantContext& tenant);

}  // namespace berth::smdpplus
