#include "kernel/api/tenant_life.h"

#include <nlohmann/json.hpp>

namespace berth::api {
namespace {

using context::Standing;
using nlohmann::json;

constexpr const char* kKind = "tenant";
constexpr std::size_t kPage = 1000;

constexpr std::pair<std::string_view, Standing> kStandings[] = {{"sandbox", Standing::kSandbox},
                                                                {"active", Standing::kActive},
                                                                {"suspended", Standing::kSuspended},
                                                                {"ended", Standing::kEnded}};

std::optional<Standing> standing_from(std::string_view text) {
  for (const auto& [name, standing] : kStandings) {
    if (name == text) return standing;
  }
  return std::nullopt;
}

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

Error wrong_standing(Standing now, std::string_view wanted) {
  return {ErrorCode::kFailedPrecondition, "tenant.standing",
          "the tenant is " + std::string(to_string(now)) + "; this is done to one that is " +
              std::string(wanted)};
}

}  // namespace

std::string_view to_string(Standing standing) {
  for (const auto& [name, one] : kStandings) {
    if (one == standing) return name;
  }
  return "";
}

std::vector<std::string> missing_policies(const tenancy::TenantConfiguration& tenant) {
  const tenancy::TenantPolicies& policies = tenant.policies;
  const std::pair<const char*, bool> wanted[] = {
      {"policies.riskOwner", !policies.risk_owner.empty()},
      {"policies.custodyOwner", !policies.custody_owner.empty()},
      {"policies.retention.historyDays", policies.history_days != 0},
      {"policies.retention.eventsDays", policies.events_days != 0},
      {"policies.retention.evidenceDays", policies.evidence_days != 0},
      {"policies.interception", !policies.interception.empty()},
      {"policies.auditExport", !policies.audit_export.empty()}};
  std::vector<std::string> missing;
  for (const auto& [path, set] : wanted) {
    if (!set) missing.emplace_back(path);
  }
  return missing;
}

TenantLife::Kept TenantLife::unwritten() const {
  Kept kept;
  kept.standing = production_ ? Standing::kSandbox : Standing::kActive;
  kept.before = kept.standing;
  return kept;
}

Result<TenantLife::Kept> TenantLife::kept_of(const ledger::HostRecord& record) {
  const json body = json::parse(record.body, nullptr, false);
  const auto standing = standing_from(record.state);
  const auto before =
      standing_from(body.is_object() ? body.value("before", std::string()) : std::string());
  if (!standing || !before) {
    return Error(ErrorCode::kDataLoss, "tenant.damaged",
                 "the record of where tenant '" + record.record_id +
                     "' stands cannot be read; restore the host's ledger");
  }
  return Kept{*standing,
              *before,
              body.value("by", std::string()),
              body.value("reason", std::string()),
              record.changed_ms,
              record.revision};
}

Result<TenantLife::Kept> TenantLife::read(const TenantId& tenant) const {
  BERTH_TRY(record, ledger_.record(kKind, tenant.text()));
  if (!record) return unwritten();
  return kept_of(*record);
}

Result<void> TenantLife::refresh() {
  const std::lock_guard guard(mutex_);  // what is written meanwhile is not overwritten
  std::map<std::string, Standing> said;
  for (std::string after;;) {
    BERTH_TRY(page, ledger_.records(kKind, "", after, kPage));
    for (const ledger::HostRecord& record : page) {
      BERTH_TRY(kept, kept_of(record));
      said.emplace(record.record_id, kept.standing);
      after = record.record_id;
    }
    if (page.size() < kPage) break;
  }
  for (const auto& tenant : tenants_.all()) {
    const auto found = said.find(tenant->id().text());
    tenant->set_standing(found == said.end() ? unwritten().standing : found->second);
  }
  return {};
}

TenantLifeFacts TenantLife::told(const context::TenantContext& tenant, const Kept& kept) const {
  return {.standing = kept.standing,
          .told = kept.revision != 0,
          .by = kept.by,
          .reason = kept.reason,
          .since_ms = kept.since_ms,
          .missing = missing_policies(tenant.configuration())};
}

Result<TenantLifeFacts> TenantLife::facts(const context::TenantContext& tenant) const {
  BERTH_TRY(kept, read(tenant.id()));
  return told(tenant, kept);
}

Result<void> TenantLife::record(const TenantId& tenant, const Kept& next, const char* audit_type) {
  json body{{"before", to_string(next.before)}, {"by", next.by}, {"reason", next.reason}};
  ledger::HostRecord record{.kind = kKind,
                            .record_id = tenant.text(),
                            .state = std::string(to_string(next.standing)),
                            .body = dump(body)};
  const json details{{"operator", next.by},
                     {"tenant", tenant.text()},
                     {"standing", to_string(next.standing)},
                     {"reason", next.reason}};
  BERTH_TRY(written,
            ledger_.put_record(
                std::move(record), next.revision,
                {audit_type, {ledger::SubjectKind::kTenant, tenant.text()}, dump(details)}));
  if (written) return {};
  return Error(ErrorCode::kAborted, "tenant.changed",
               "somebody else changed the tenant's standing at the same time; look again");
}

Result<TenantLifeFacts> TenantLife::write(context::TenantContext& tenant, Kept next,
                                          const char* audit_type) {
  const std::lock_guard guard(mutex_);
  BERTH_TRY_VOID(record(tenant.id(), next, audit_type));
  tenant.set_standing(next.standing);
  return facts(tenant);
}

Result<void> TenantLife::end(const TenantId& tenant, const std::string& by) {
  const std::lock_guard guard(mutex_);
  BERTH_TRY(kept, read(tenant));
  if (kept.standing != Standing::kEnded) {
    if (kept.standing != Standing::kSuspended) return wrong_standing(kept.standing, "suspended");
    kept.before = kept.standing;
    kept.standing = Standing::kEnded;
    kept.by = by;
    BERTH_TRY_VOID(record(tenant, kept, "tenant.ended"));
  }
  if (const auto served = tenants_.find(tenant)) served->set_standing(Standing::kEnded);
  return {};
}

Result<TenantLifeFacts> TenantLife::activate(context::TenantContext& tenant, const Identity& who) {
  BERTH_TRY(kept, read(tenant.id()));
  // A development host serves it already, which nobody has decided.
  const bool served_undecided = kept.standing == Standing::kActive && !production_;
  if (kept.standing != Standing::kSandbox && !served_undecided) {
    return wrong_standing(kept.standing, "in its sandbox");
  }
  std::string list;
  for (const std::string& path : missing_policies(tenant.configuration())) list += " " + path;
  if (!list.empty()) {
    return Error(ErrorCode::kFailedPrecondition, "tenant.not_ready",
                 "the tenant's file does not say yet:" + list + "; complete " +
                     tenant.configuration().source.string() +
                     ", restart the host and activate again");
  }
  kept.standing = Standing::kActive;
  kept.before = Standing::kActive;
  kept.by = who.name;
  kept.reason.clear();
  return write(tenant, std::move(kept), "tenant.activated");
}

Result<TenantLifeFacts> TenantLife::suspend(context::TenantContext& tenant, const Identity& who,
                                            const std::string& reason) {
  if (reason.empty() || reason.size() > kMaxSuspensionReason) {
    return Error(ErrorCode::kInvalidArgument, "tenant.reason",
                 "say in 1 to 500 octets why the tenant is suspended");
  }
  BERTH_TRY(kept, read(tenant.id()));
  if (kept.standing != Standing::kActive && kept.standing != Standing::kSandbox) {
    return wrong_standing(kept.standing, "active or in its sandbox");
  }
  kept.before = kept.standing;
  kept.standing = Standing::kSuspended;
  kept.by = who.name;
  kept.reason = reason;
  return write(tenant, std::move(kept), "tenant.suspended");
}

Result<TenantLifeFacts> TenantLife::resume(context::TenantContext& tenant, const Identity& who) {
  BERTH_TRY(kept, read(tenant.id()));
  if (kept.standing != Standing::kSuspended) return wrong_standing(kept.standing, "suspended");
  kept.standing = kept.before;
  kept.by = who.name;
  kept.reason.clear();
  return write(tenant, std::move(kept), "tenant.resumed");
}

}  // namespace berth::api
