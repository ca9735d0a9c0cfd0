// A story is the audit records about one profile and its code, in order, in words.

#include "kernel/smdpplus/story.h"

#include <array>
#include <nlohmann/json.hpp>

#include "kernel/lifecycle/profile.h"
#include "kernel/rsp/sgp22/activation_code.h"
#include "kernel/smdpplus/drafts.h"

namespace berth::smdpplus {
namespace {

using Json = nlohmann::json;

struct Telling {
  std::string_view type;
  std::string_view title;
  std::string_view detail;
};

constexpr std::array kTellings = {
    Telling{"profile.imported", "imported", "the profile is in stock"},
    Telling{"order.created", "ordered",
            "the profile is reserved and released; it is the user's turn to scan the code"},
    Telling{"order.awaits_release", "ordered",
            "the profile is reserved; the operator must release it"},
    Telling{"order.downloaded", "reserved", "the profile is reserved; the operator must confirm"},
    Telling{"order.confirmed", "confirmed",
            "the order has its code; the operator must release the profile"},
    Telling{"order.released", "released", "it is the user's turn to download"},
    Telling{"order.cancelled", "order cancelled", "the operator took the order back"},
    Telling{"order.reordered", "armed again", "a new order; it is the user's turn to download"},
    Telling{"order.refused", "operator's call refused", "nothing was changed"},
    Telling{"report.delivered", "operator told", "the operator took the progress report"},
    Telling{"report.refused", "report refused",
            "the operator took the report with a Failed status"},
    Telling{"report.postponed", "report waits",
            "the operator could not be told; tried again later"},
    Telling{"report.given_up", "report given up", "berthctl report retry sends it again"},
    Telling{"report.retried", "report due again", "a person asked for it"},
    Telling{"quarantine.released", "quarantine released",
            "two people took it that no card has the profile; its card is heard no more"},
    Telling{"download.code_accepted", "code accepted", "the user entered the right code"},
    Telling{"order.expired", "expired",
            "the order's time is over; order again if the user still wants it"},
    Telling{"order.closed", "closed", "the order's time was over"},
    Telling{"download.authenticated", "authenticated",
            "card and server know each other; the user is asked to confirm"},
    Telling{"download.bound", "bound", "the package was bound to this card and sent"},
    Telling{"download.installed", "installed", "the card signed that the profile is installed"},
    Telling{"download.failed", "failed", "the card could not install the profile"},
    Telling{"download.abandoned", "not finished",
            "the device fetched no package; the user may try again"},
    Telling{"download.unknown", "no result",
            "a package left and the card did not say what became of it; a late word is reconciled"},
    Telling{"download.reconciled", "reconciled",
            "the card's signed word came after the attempt was given up, and counts"},
    Telling{"download.contradiction", "contradiction",
            "the card signed something else before; both are kept, the first word counts"},
    Telling{"download.late_result", "late result",
            "a signed result came after the attempt had ended and is kept as evidence"},
    Telling{"download.postponed", "postponed", "the user put it off; the order stays open"},
    Telling{"download.cancelled", "cancelled",
            "the device ended the download; the order is closed"},
    Telling{"order.attempts_exceeded", "ended", "the download was tried too often"},
    Telling{"order.ineligible", "ended", "the card cannot take the profile"},
    Telling{"order.code_refused", "wrong confirmation code", "the user may try again"},
    Telling{"order.code_attempts_exceeded", "ended", "the confirmation code was wrong too often"},
    Telling{"notification.enable", "enabled", "the card signed that the profile is enabled"},
    Telling{"notification.disable", "disabled", "the card signed that the profile is disabled"},
    Telling{"notification.delete", "deleted", "the card signed that the profile is deleted"},
    Telling{"notification.late", "told late",
            "a card that the profile has left since signed it; kept as evidence, changes nothing"},
    Telling{"notification.install", "install notified", "the card confirmed the installation"},
};

std::string text(const Json& payload, const char* member) {
  const auto found = payload.find(member);
  return found != payload.end() && found->is_string() ? found->get<std::string>() : std::string();
}

void tell_refusal(const Json& payload, StoryStep& step) {
  step.title = "refused at stage " + text(payload, "stage");
  const std::string route = text(payload, "route");
  if (!route.empty()) step.title += " by route " + route;
  step.detail = text(payload, "status") + ": " + text(payload, "message");
  const std::string remedy = text(payload, "remedy");
  if (!remedy.empty()) step.detail += "; " + remedy;
}

StoryStep tell(const ledger::AuditRecord& record) {
  StoryStep step{.time_ms = record.time_ms,
                 .type = record.type,
                 .title = record.type,
                 .detail = {},
                 .audit_sequence = record.sequence};
  const Json payload = record.payload ? Json::parse(*record.payload, nullptr, false) : Json();
  for (const Telling& telling : kTellings) {
    if (telling.type == record.type) {
      step.title = telling.title;
      step.detail = telling.detail;
    }
  }
  if (!payload.is_object()) {
    if (!record.payload) step.detail = "the details were purged";
    return step;
  }
  if (record.type == "order.refused") {
    step.detail = text(payload, "status") + ": " + text(payload, "message");
  }
  if (record.type.starts_with("report.")) {
    step.detail += " (point " + text(payload, "point") + ")";
    if (const std::string why = text(payload, "problem"); !why.empty()) step.detail += ": " + why;
  }
  if (record.type == "download.refused") tell_refusal(payload, step);
  if (record.type == "download.failed") step.detail += ": " + text(payload, "error");
  if (const std::string who = text(payload, "reportedBy"); !who.empty()) {
    step.detail += "; the partner's word (" + who + ", " + text(payload, "reportedAt") + ")";
  }
  if (text(payload, "quarantined") == "true") {
    step.detail += "; its ICCID serves this card or nobody until the card accounts for the package";
  }
  if (record.type == "download.cancelled" || record.type == "download.postponed" ||
      record.type == "order.ineligible") {
    step.detail += " (" + text(payload, "reason") + ")";
  }
  return step;
}

// What the key means in this tenant.
struct Found {
  std::vector<ledger::Subject> subjects;
  std::optional<ledger::ProfileRecord> profile;
};

Result<Found> find(context::TenantContext& tenant, std::string_view key) {
  Found found;
  std::optional<Iccid> iccid;
  const auto code = rsp::sgp22::ActivationCode::parse(key);
  std::optional<MatchingId> matching_id;
  if (code) {
    matching_id = code->matching_id;
  } else if (const auto parsed = Iccid::parse(key); parsed) {
    iccid = *parsed;
  } else if (const auto token = MatchingId::parse(key); token) {
    matching_id = *token;
  }
  if (matching_id) {
    found.subjects.push_back(code_subject(*matching_id));
    BERTH_TRY(order, tenant.ledger().order_by_matching_id(*matching_id));
    if (order) iccid = order->iccid;
  }
  if (iccid) {
    found.subjects.push_back({ledger::SubjectKind::kProfile, iccid->text()});
    BERTH_TRY(profile, tenant.ledger().profile(*iccid));
    found.profile = profile;
  }
  return found;
}

}  // namespace

Result<Story> tell_story(context::TenantContext& tenant, std::string_view key) {
  BERTH_TRY(found, find(tenant, key));
  std::vector<ledger::AuditRecord> records;
  if (!found.subjects.empty()) {
    BERTH_TRY(history, tenant.ledger().history(found.subjects));
    records = std::move(history);
  }
  if (records.empty()) {
    return Error(ErrorCode::kNotFound, "story.nothing_known",
                 "tenant " + tenant.id().text() + " has no record of this code or ICCID");
  }
  Story story;
  if (found.profile) {
    story.iccid = found.profile->iccid.masked();
    story.state = lifecycle::to_string(found.profile->state);
  }
  for (const ledger::AuditRecord& record : records) story.steps.push_back(tell(record));
  return story;
}

}  // namespace berth::smdpplus
