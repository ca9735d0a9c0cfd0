#include "kernel/smdpplus/refusals.h"

#include <spdlog/spdlog.h>

#include "kernel/smdpplus/commit.h"
#include "kernel/smdpplus/drafts.h"

namespace berth::smdpplus {
namespace {

std::int64_t minute_of(UnixMs now) { return now / 60'000; }

// Refusal records are history, not state: a ledger that cannot take one must not turn a refusal
// into an outage, so failure is logged.
void record(context::TenantContext& tenant, ledger::AuditDraft draft,
            const std::optional<Progress>& progress = std::nullopt) {
  ledger::Unit unit;
  unit.commit_id = new_commit_id(tenant);
  unit.audit = std::move(draft);
  if (progress) add_progress(tenant, unit, *progress);
  if (auto done = commit(tenant.ledger(), std::move(unit)); !done) {
    spdlog::warn("tenant={} refusal record not written", tenant.id().text());
  }
}

ledger::Subject subject_of(const context::TenantContext& tenant, const RefusedDownload& refusal) {
  if (refusal.iccid) return {ledger::SubjectKind::kProfile, refusal.iccid->text()};
  if (refusal.matching_id) return code_subject(*refusal.matching_id);
  if (refusal.eid) return {ledger::SubjectKind::kEuicc, std::string(refusal.eid->text())};
  return {ledger::SubjectKind::kTenant, tenant.id().text()};
}

}  // namespace

bool RefusalJournal::take_single(Minute& minute, const std::optional<Eid>& card) {
  if (minute.singles >= kMaxSingleRefusalsPerMinute) return false;
  if (card) {
    std::uint32_t& of_card = minute.cards[*card];
    if (of_card >= kMaxSingleRefusalsPerCard) return false;
    ++of_card;
  }
  ++minute.singles;
  return true;
}

RefusalJournal::Counted RefusalJournal::count(const context::TenantContext& tenant,
                                              const std::string& cause,
                                              const RefusedDownload* authenticated) {
  const std::int64_t now = minute_of(tenant.clock().now_ms());
  const std::lock_guard lock(mutex_);
  Tally& tally = tallies_[tenant.id()];
  Counted counted;
  if (tally.minute.number != now) {
    counted.finished = std::move(tally.minute);
    tally.minute = Minute{};
    tally.minute.number = now;
  }
  const bool room = tally.totals.size() < kMaxRefusalCauses || tally.totals.contains(cause);
  const std::string name = room ? cause : "other";
  ++tally.totals[name];
  counted.single = authenticated != nullptr && take_single(tally.minute, authenticated->eid);
  if (!counted.single && ++tally.minute.counts[name] == 1) {
    // The first of its kind in this minute; a flood is told by the counts alone.
    spdlog::info("tenant={} refused cause=\"{}\"", tenant.id().text(), name);
  }
  return counted;
}

void RefusalJournal::write(context::TenantContext& tenant, const Minute& minute) {
  for (const auto& [cause, number] : minute.counts) {
    record(tenant,
           audit_draft("refusals.aggregated", {ledger::SubjectKind::kTenant, tenant.id().text()},
                       {{"cause", cause},
                        {"count", std::to_string(number)},
                        {"minute", to_rfc3339(minute.number * 60'000)}}));
  }
}

void RefusalJournal::anonymous(context::TenantContext& tenant, const std::string& cause) {
  write(tenant, count(tenant, cause, nullptr).finished);
}

void RefusalJournal::authenticated(context::TenantContext& tenant, const RefusedDownload& refusal) {
  const std::string cause = refusal.function + " " + refusal.error.pair();
  const Counted counted = count(tenant, cause, &refusal);
  write(tenant, counted.finished);
  if (!counted.single) return;
  record(tenant,
         audit_draft("download.refused", subject_of(tenant, refusal),
                     {{"function", refusal.function},
                      {"stage", refusal.stage},
                      {"status", refusal.error.pair()},
                      {"message", refusal.error.message},
                      {"route", refusal.route},
                      {"remedy", refusal.remedy},
                      {"eid", refusal.eid ? std::string(refusal.eid->text()) : std::string()}}),
         refusal.progress);
  spdlog::info("tenant={} refused function={} stage={} status={} eid={}", tenant.id().text(),
               refusal.function, refusal.stage, refusal.error.pair(),
               refusal.eid ? refusal.eid->masked() : "-");
}

void RefusalJournal::flush(context::TenantContext& tenant, bool everything) {
  Minute finished;
  {
    const std::lock_guard lock(mutex_);
    const auto found = tallies_.find(tenant.id());
    if (found == tallies_.end()) return;
    if (!everything && found->second.minute.number == minute_of(tenant.clock().now_ms())) return;
    finished = std::move(found->second.minute);
    found->second.minute = Minute{};
  }
  write(tenant, finished);
}

std::map<std::string, std::uint64_t> RefusalJournal::totals(const TenantId& tenant) const {
  const std::lock_guard lock(mutex_);
  const auto found = tallies_.find(tenant);
  return found == tallies_.end() ? std::map<std::string, std::uint64_t>{} : found->second.totals;
}

}  // namespace berth::smdpplus
