#include "kernel/api/break_glass.h"

#include <nlohmann/json.hpp>

namespace berth::api {
namespace {

using nlohmann::json;

constexpr const char* kKind = "break_glass";
constexpr const char* kOpen = "open";  // not acknowledged, whether it has ended or not
constexpr const char* kAcknowledged = "acknowledged";
constexpr std::size_t kMinReason = 8;
constexpr std::size_t kMaxGrantReason = 500;
constexpr std::size_t kMaxGrants = 1000;

std::string body_of(const Grant& grant) {
  return json{{"who", grant.who},
              {"reason", grant.reason},
              {"endsMs", grant.ends_ms},
              {"acknowledgedBy", grant.acknowledged_by}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Grant> grant_of(const ledger::HostRecord& record) {
  const json body = json::parse(record.body, nullptr, false);
  if (!body.is_object()) {
    return Error(ErrorCode::kDataLoss, "break_glass.damaged",
                 "the record of a break-glass grant cannot be read; restore the host's ledger");
  }
  return Grant{record.record_id,  body.value("who", ""),           body.value("reason", ""),
               record.created_ms, body.value("endsMs", UnixMs{0}), body.value("acknowledgedBy", ""),
               record.revision};
}

ledger::AuditDraft audit_of(const char* type, const Identity& who, const Grant& grant) {
  return {type,
          {ledger::SubjectKind::kHost, "host"},
          json{{"operator", who.name}, {"breakGlass", grant.id}, {"reason", grant.reason}}.dump(
              -1, ' ', false, json::error_handler_t::replace)};
}

Error overtaken() {
  return {ErrorCode::kAborted, "break_glass.changed",
          "somebody else changed the grant at the same time; look at it again"};
}

}  // namespace

Result<Grant> BreakGlass::open(const Identity& who, const std::string& reason) {
  if (reason.size() < kMinReason || reason.size() > kMaxGrantReason) {
    return Error(ErrorCode::kInvalidArgument, "break_glass.reason",
                 "say in 8 to 500 octets why you have to act alone; it is kept in the audit");
  }
  BERTH_TRY(standing, open_for(who));
  if (standing) return *std::move(standing);
  const UnixMs now = clock_.now_ms();
  Grant grant{random_.uuid_at(now), who.name, reason, now};
  grant.ends_ms = now + std::chrono::milliseconds(kBreakGlassLifetime).count();
  BERTH_TRY(written,
            ledger_.put_record(
                {.kind = kKind, .record_id = grant.id, .state = kOpen, .body = body_of(grant)}, 0,
                audit_of("break_glass.opened", who, grant)));
  if (!written) return overtaken();
  return grant;
}

Result<std::optional<Grant>> BreakGlass::open_for(const Identity& who) const {
  BERTH_TRY(grants, unacknowledged());
  for (Grant& grant : grants) {
    if (grant.who == who.name && clock_.now_ms() < grant.ends_ms) return std::optional(grant);
  }
  return std::optional<Grant>();
}

Result<Grant> BreakGlass::acknowledge(const Identity& who, const std::string& id,
                                      bool one_person_enough) {
  BERTH_TRY(record, ledger_.record(kKind, id));
  if (!record) {
    return Error(ErrorCode::kNotFound, "break_glass.unknown",
                 "there is no such grant; berthctl break-glass list shows them");
  }
  BERTH_TRY(grant, grant_of(*record));
  if (record->state == kAcknowledged) return grant;
  if (grant.who == who.name && !one_person_enough) {
    return Error(ErrorCode::kPermissionDenied, "break_glass.own",
                 "'" + who.name + "' opened this grant; somebody else has to acknowledge it");
  }
  grant.acknowledged_by = who.name;
  const std::int64_t from = grant.revision;
  grant.revision += 1;
  BERTH_TRY(
      written,
      ledger_.put_record(
          {.kind = kKind, .record_id = grant.id, .state = kAcknowledged, .body = body_of(grant)},
          from, audit_of("break_glass.acknowledged", who, grant)));
  if (!written) return overtaken();
  return grant;
}

Result<std::vector<Grant>> BreakGlass::unacknowledged() const {
  BERTH_TRY(records, ledger_.records(kKind, kOpen, "", kMaxGrants));
  std::vector<Grant> grants;
  for (const ledger::HostRecord& record : records) {
    BERTH_TRY(grant, grant_of(record));
    grants.push_back(std::move(grant));
  }
  return grants;
}

}  // namespace berth::api
