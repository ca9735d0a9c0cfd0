#include "kernel/api/tenant_exit.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "kernel/routing/digests.h"

namespace berth::api {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t kPage = 1000;
// For whoever asked for the end; it may take longer.
constexpr std::chrono::seconds kPatience{20};
constexpr const char* kExported = "exported";
constexpr const char* kEnding = "ending";
constexpr const char* kClosed = "closed";
constexpr const char* kShredded = "shredded";
constexpr const char* kEmptied = "emptied";
constexpr const char* kErased = "erased";
constexpr const char* kEnded = "ended";

Error failed(std::string_view reason, std::string message) {
  return {ErrorCode::kFailedPrecondition, reason, std::move(message)};
}

std::string line_of(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

ordered_json told(const ledger::TenantHead& head) {
  return {{"incarnation", head.incarnation},
          {"sequence", head.last_audit_sequence},
          {"hash", routing::lower_hex(head.last_audit_hash)}};
}

Result<void> unblocked(const ExitPlan& plan) {
  std::string all;
  for (const std::string& one : plan.blocked) all += (all.empty() ? "" : "; ") + one;
  return all.empty() ? Result<void>() : Result<void>(failed("exit.blocked", all));
}

}  // namespace

// Where an exit stands, as the host's ledger has it.
struct TenantExit::Kept {
  std::string state;  // empty: none
  json body = json::object();
  std::int64_t revision = 0;
  bool begun() const { return !state.empty() && state != kExported; }
};

TenantExit::Kept TenantExit::kept_of(const ledger::HostRecord& record) {
  Kept kept{record.state, json::parse(record.body, nullptr, false), record.revision};
  if (!kept.body.is_object()) kept.body = json::object();
  return kept;
}

Result<TenantExit::Kept> TenantExit::read(const TenantId& tenant) const {
  BERTH_TRY(record, ledger_.record(kExitRecords, tenant.text()));
  return record ? kept_of(*record) : Kept{};
}

Result<void> TenantExit::write(const TenantId& tenant, Kept& kept, const char* state) {
  const json details{{"tenant", tenant.text()},
                     {"state", state},
                     {"export", kept.body.value("export", json())},
                     {"operator", kept.body.value("by", std::string())},
                     {"approval", kept.body.value("approval", std::string())}};
  BERTH_TRY(written, ledger_.put_record({.kind = kExitRecords,
                                         .record_id = tenant.text(),
                                         .state = state,
                                         .body = kept.body.dump()},
                                        kept.revision,
                                        {"tenant.exit_" + std::string(state),
                                         {ledger::SubjectKind::kTenant, tenant.text()},
                                         details.dump()}));
  if (!written) {
    return Error(ErrorCode::kAborted, "exit.changed",
                 "another node goes on with this exit at the same time; look again");
  }
  kept.state = state;
  ++kept.revision;
  return {};
}

Result<void> TenantExit::look(const context::TenantContext& tenant, ExitPlan& plan) const {
  for (std::string after;;) {
    BERTH_TRY(page, tenant.ledger().profiles(after, kPage));
    for (const ledger::ProfileRecord& profile : page) {
      ++plan.profiles[std::string(lifecycle::to_string(profile.state))];
      plan.quarantined += profile.quarantined ? 1 : 0;
      after = profile.iccid.text();
    }
    if (page.size() < kPage) break;
  }
  BERTH_TRY(sessions, departure_.sessions(tenant.id()));
  BERTH_TRY(notifications, tenant.ledger().pending_notification_count());
  BERTH_TRY(reports, tenant.ledger().progress_reports(ledger::ReportState::kPending, kPage));
  BERTH_TRY(head, tenant.ledger().head());
  plan.sessions = sessions;
  plan.notifications_waiting = notifications;
  plan.reports_waiting = reports.size();
  plan.history = head.last_audit_sequence;
  return {};
}

Result<ExitPlan> TenantExit::plan(const TenantId& id) const {
  BERTH_TRY(kept, read(id));
  const auto tenant = tenants_.find(id);
  if (tenant == nullptr && kept.state.empty()) {
    return Error(ErrorCode::kNotFound, "api.unknown_tenant",
                 "this host has no such tenant and had none that left");
  }
  ExitPlan plan;
  if (!kept.state.empty()) plan.state = kept.state;
  const json exported = kept.body.value("export", json::object());
  plan.manifest_sha256 = exported.value("manifestSha256", std::string());
  plan.exported_history = exported.value("sequence", std::int64_t{0});
  plan.approval = kept.body.value("approval", std::string());
  if (tenant == nullptr) return plan;
  plan.standing = to_string(tenant->standing());
  if (auto looked = look(*tenant, plan); !looked) return std::move(looked).error();
  if (kept.begun()) return plan;
  if (tenant->standing() != context::Standing::kSuspended) {
    plan.blocked.push_back("the tenant is " + plan.standing +
                           ": suspend it first (berthctl tenant suspend)");
  }
  if (plan.sessions > 0) {
    plan.blocked.push_back(std::to_string(plan.sessions) +
                           " downloads are going on: wait, they end within 15 minutes");
  }
  if (plan.notifications_waiting > 0) {
    plan.blocked.push_back(std::to_string(plan.notifications_waiting) +
                           " notifications of cards are not worked off yet: wait some seconds");
  }
  return plan;
}

Result<ExportFacts> TenantExit::make_export(const TenantId& id, const Identity& who,
                                            std::string_view recipient_pem) {
  BERTH_TRY(recipient, Recipient::parse(recipient_pem));
  const std::lock_guard lock(mutex_);
  BERTH_TRY(kept, read(id));
  if (kept.begun()) {
    return failed("exit.begun", "the tenant's end has begun; what was exported before stands");
  }
  BERTH_TRY(now, plan(id));
  BERTH_TRY_VOID(unblocked(now));
  const auto tenant = tenants_.find(id);
  if (tenant == nullptr) return failed("exit.begun", "the tenant is gone");
  BERTH_TRY(facts, write_export(*tenant, recipient, departure_.folder(id), sign_));
  kept.body["by"] = who.name;
  kept.body["export"] = told(facts.head);
  kept.body["export"]["manifestSha256"] = facts.manifest_sha256;
  kept.body["export"]["rows"] = facts.rows;
  BERTH_TRY_VOID(write(id, kept, kExported));
  return facts;
}

Result<ExportPart> TenantExit::export_part(const TenantId& tenant, std::string_view name,
                                           std::uint64_t offset, std::size_t max) const {
  BERTH_TRY(kept, read(tenant));
  if (kept.state.empty()) {
    return Error(ErrorCode::kNotFound, "exit.none", "nothing of this tenant was exported");
  }
  return read_export(departure_.folder(tenant), name, offset, max);
}

Result<void> TenantExit::check(const TenantId& tenant, const ExitWish& wish) const {
  BERTH_TRY(now, plan(tenant));
  if (now.manifest_sha256.empty()) {
    return failed("exit.none",
                  "nothing was returned to the tenant yet: export first (berthctl "
                  "tenant exit --export)");
  }
  if (now.manifest_sha256 != wish.manifest_sha256) {
    return failed("exit.other_export",
                  "this is not the manifest of the last export; what is destroyed has to be what "
                  "was returned: export again, and give the tenant that");
  }
  if (now.state != kExported) return failed("exit.begun", "the tenant's end has begun already");
  BERTH_TRY_VOID(unblocked(now));
  if (now.reports_waiting > 0 && !wish.give_up_reports) {
    return failed("exit.blocked", std::to_string(now.reports_waiting) +
                                      " reports to the operator's system were not taken yet: wait, "
                                      "or give them up (--give-up-reports)");
  }
  if (now.history != now.exported_history && !wish.later_records_stay) {
    return failed("exit.stale",
                  std::to_string(now.history - now.exported_history) +
                      " records were added since the export: export again, or leave them in the "
                      "history that is kept (--later-records-stay)");
  }
  return {};
}

Result<void> TenantExit::begin(const TenantId& tenant, const ExitWish& wish,
                               const Approval& agreed) {
  const std::lock_guard lock(mutex_);
  BERTH_TRY(kept, read(tenant));
  if (kept.begun()) {
    if (kept.body.value("approval", std::string()) == agreed.id) return {};
    return failed("exit.begun", "the tenant's end has begun already");
  }
  const auto served = tenants_.find(tenant);
  if (served == nullptr) return failed("exit.begun", "the tenant is gone");
  kept.body["realms"] = json::array({served->route().activation_realm.text()});
  for (const auto* names : {&served->route().further_realms, &served->route().former_realms}) {
    for (const HostName& name : *names) kept.body["realms"].push_back(name.text());
  }
  kept.body["approval"] = agreed.id;
  kept.body["by"] = agreed.requester;
  kept.body["agreedBy"] = agreed.decided_by;
  kept.body["alone"] = agreed.alone;
  kept.body["reason"] = agreed.reason;
  kept.body["reportsGivenUp"] = wish.give_up_reports;
  return write(tenant, kept, kEnding);
}

Result<void> TenantExit::end(const TenantId& tenant, const ExitWish& wish, const Approval& agreed) {
  BERTH_TRY_VOID(begin(tenant, wish, agreed));
  housekeeping();
  std::unique_lock lock(working_mutex_);
  rested_.wait_for(lock, kPatience, [this] { return !working_; });
  lock.unlock();
  BERTH_TRY(kept, read(tenant));
  if (kept.state == kEnded) return {};
  return Error(ErrorCode::kUnavailable, "exit.going_on",
               "the exit stands at '" + kept.state + "' and goes on by itself");
}

Result<void> TenantExit::go_on(const TenantId& tenant, Kept kept, const std::stop_token& stop) {
  while (kept.state != kEnded && !stop.stop_requested()) BERTH_TRY_VOID(step(tenant, kept));
  return {};
}

// From here on nobody is served, and nothing reads the keys but this.
Result<void> TenantExit::close(const TenantId& tenant, Kept& kept) {
  BERTH_TRY_VOID(life_.end(tenant, kept.body.value("by", std::string())));
  BERTH_TRY_VOID(departure_.close(tenant));
  BERTH_TRY(secrets, departure_.secrets(tenant));
  kept.body["objects"] = secrets.objects;
  kept.body["keys"] = json::array();
  for (const TenantSecrets::Key& key : secrets.keys) {
    kept.body["keys"].push_back(
        {{"key", key.key_id}, {"created", key.created_ms}, {"wrappedSha256", key.wrapped_sha256}});
  }
  return write(tenant, kept, kClosed);
}

Result<void> TenantExit::step(const TenantId& tenant, Kept& kept) {
  if (kept.state == kEnding) return close(tenant, kept);
  if (kept.state == kClosed) {
    BERTH_TRY_VOID(departure_.destroy_keys(tenant));
    return write(tenant, kept, kShredded);
  }
  if (kept.state == kShredded) {
    BERTH_TRY_VOID(departure_.remove_objects(tenant));
    return write(tenant, kept, kEmptied);
  }
  if (kept.state == kEmptied) {
    BERTH_TRY(head, departure_.erase_rows(tenant));
    kept.body["history"] = told(head);
    return write(tenant, kept, kErased);
  }
  if (kept.state == kErased) return certify(tenant, kept);
  return Error(ErrorCode::kDataLoss, "exit.damaged",
               "the record of the exit of '" + tenant.text() +
                   "' cannot be read; restore the host's ledger");
}

Result<void> TenantExit::certify(const TenantId& tenant, Kept& kept) {
  const json& body = kept.body;
  std::string text = line_of({{"format", "berth-tenant-exit/1"},
                              {"tenant", tenant.text()},
                              {"at", clock_.now_ms()},
                              {"by", body.value("by", "")},
                              {"agreedBy", body.value("agreedBy", "")},
                              {"alone", body.value("alone", "")},
                              {"approval", body.value("approval", "")},
                              {"reason", body.value("reason", "")},
                              {"manifestSha256", body.at("export").at("manifestSha256")},
                              {"objectsRemoved", body.at("objects")},
                              {"reportsGivenUp", body.value("reportsGivenUp", false)}});
  std::size_t lines = 1;
  for (const json& key : body.at("keys")) {
    text += line_of({{"key", key.at("key")},
                     {"created", key.at("created")},
                     {"wrappedSha256", key.at("wrappedSha256")}});
    ++lines;
  }
  text += line_of(
      {{"exportedHistory",
        {{"sequence", body.at("export").at("sequence")}, {"hash", body.at("export").at("hash")}}},
       {"history", body.at("history")}});
  text += line_of({{"end", lines + 1}});
  BERTH_TRY(certificate, signed_text(std::move(text), sign_));
  kept.body["certificate"] = std::move(certificate);
  BERTH_TRY_VOID(write(tenant, kept, kEnded));
  // What was returned is personal data and not the host's any more.
  std::error_code ignored;
  std::filesystem::remove_all(departure_.folder(tenant), ignored);
  return {};
}

Result<std::string> TenantExit::certificate(const TenantId& tenant) const {
  BERTH_TRY(kept, read(tenant));
  if (kept.state == kEnded) return kept.body.value("certificate", std::string());
  return failed("exit.not_ended", "the tenant has not left: the exit stands at '" +
                                      (kept.state.empty() ? std::string("none") : kept.state) +
                                      "'; berthctl tenant exit tells what comes next");
}

bool TenantExit::unfinished() const {
  const auto leaving = leaving_tenants(ledger_);
  if (!leaving) return false;
  return std::any_of(leaving->begin(), leaving->end(), [this](const TenantId& tenant) {
    const auto kept = read(tenant);
    return kept && (kept->state != kEnded || tenants_.find(tenant) != nullptr);
  });
}

void TenantExit::housekeeping() {
  if (!unfinished()) return;
  const std::lock_guard lock(working_mutex_);
  if (working_) return;
  working_ = true;
  worker_ = std::jthread([this](const std::stop_token& stop) {
    try {
      work(stop);
    } catch (const std::exception& e) {  // memory ran out; the next round tries again
      spdlog::error("exit: {}", e.what());
    }
    const std::lock_guard done(working_mutex_);
    working_ = false;
    rested_.notify_all();
  });
}

void TenantExit::work(const std::stop_token& stop) {
  const auto leaving = leaving_tenants(ledger_);
  if (!leaving) return;
  const std::lock_guard lock(mutex_);
  for (const TenantId& tenant : *leaving) {
    auto kept = read(tenant);
    if (!kept || stop.stop_requested()) return;
    const bool served = tenants_.find(tenant) != nullptr;
    if (kept->state == kEnded && !served) continue;
    // Another node may have done it all; here the tenant's keys are still in memory.
    const auto done =
        kept->state == kEnded ? departure_.close(tenant) : go_on(tenant, *std::move(kept), stop);
    if (done) continue;
    spdlog::warn("tenant={} exit: {} [{}]", tenant.text(), done.error().message(),
                 done.error().reason());
  }
}

Result<std::vector<TenantId>> leaving_tenants(ledger::HostLedger& ledger) {
  std::vector<TenantId> leaving;
  for (std::string after;;) {
    BERTH_TRY(page, ledger.records(kExitRecords, "", after, kPage));
    for (const ledger::HostRecord& record : page) {
      after = record.record_id;
      const auto id = TenantId::parse(record.record_id);
      if (id && record.state != kExported) leaving.push_back(*id);
    }
    if (page.size() < kPage) return leaving;
  }
}

Result<void> check_departed_realms(ledger::HostLedger& ledger, const tenancy::RouteTable& table) {
  BERTH_TRY(leaving, leaving_tenants(ledger));
  for (const TenantId& tenant : leaving) {
    BERTH_TRY(record, ledger.record(kExitRecords, tenant.text()));
    const json body = record ? json::parse(record->body, nullptr, false) : json();
    if (!body.is_object()) continue;
    for (const json& realm : body.value("realms", json::array())) {
      const auto name = HostName::parse(realm.get<std::string>());
      const tenancy::Route* route = name ? table.by_realm(*name) : nullptr;
      if (route == nullptr || route->tenant == tenant) continue;
      return failed(
          "exit.departed_realm",
          name->text() + " was the realm of '" + tenant.text() +
              "', which left; cards in the field still ask for it, so it cannot become '" +
              route->tenant.text() + "'s: give that tenant another name");
    }
  }
  return {};
}

}  // namespace berth::api
