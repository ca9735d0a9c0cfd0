// A tenant's ledger that can be told to answer otherwise than the real one behind it.

#pragma once

#include <atomic>
#include <functional>

#include "kernel/ledger/tenant_ledger.h"

namespace berth::smdpplus::testing {

class ScriptedLedger final : public ledger::TenantLedger {
 public:
  explicit ScriptedLedger(ledger::TenantLedger& real) : real_(real) {}

  // Asked before every commit of rows, not of an audit record alone. Empty: the real one commits.
  std::function<std::optional<ledger::Outcome>(const ledger::Unit&)> on_commit;
  std::function<std::optional<ledger::Outcome>(const std::string&)> on_resolve;
  // Told before stock is looked at.
  std::function<void()> on_available_profile;
  // Every read fails with it.
  std::optional<Error> read_failure;
  std::atomic<int> commits = 0;  // of rows
  std::atomic<int> resolves = 0;

  ledger::TenantLedger& real() { return real_; }

  const TenantId& tenant() const override { return real_.tenant(); }
  ledger::Outcome commit(ledger::Unit unit) override {
    if (unit.changes.empty()) return real_.commit(std::move(unit));
    ++commits;
    if (on_commit) {
      if (auto outcome = on_commit(unit)) return *outcome;
    }
    return real_.commit(std::move(unit));
  }
  ledger::Outcome resolve(const std::string& commit_id) override {
    ++resolves;
    if (on_resolve) {
      if (auto outcome = on_resolve(commit_id)) return *outcome;
    }
    return real_.resolve(commit_id);
  }

  Result<std::optional<ledger::ProfileRecord>> profile(const Iccid& iccid) override {
    if (read_failure) return *read_failure;
    return real_.profile(iccid);
  }
  Result<std::vector<ledger::ProfileRecord>> profiles(std::string_view after,
                                                      std::size_t max) override {
    if (read_failure) return *read_failure;
    return real_.profiles(after, max);
  }
  Result<std::optional<ledger::ProfileRecord>> available_profile(std::string_view type,
                                                                 std::size_t skip = 0) override {
    if (on_available_profile) on_available_profile();
    if (read_failure) return *read_failure;
    return real_.available_profile(type, skip);
  }
  Result<bool> profile_type_in_use(std::string_view type) override {
    if (read_failure) return *read_failure;
    return real_.profile_type_in_use(type);
  }
  Result<ledger::StoredObjects> stored_objects() override {
    if (read_failure) return *read_failure;
    return real_.stored_objects();
  }
  Result<std::optional<ledger::ProfileTypeRecord>> profile_type(std::string_view name) override {
    if (read_failure) return *read_failure;
    return real_.profile_type(name);
  }
  Result<std::vector<ledger::ProfileTypeRecord>> profile_types(std::string_view after,
                                                               std::size_t max) override {
    if (read_failure) return *read_failure;
    return real_.profile_types(after, max);
  }
  Result<std::optional<ledger::OrderRecord>> order(const std::string& order_id) override {
    if (read_failure) return *read_failure;
    return real_.order(order_id);
  }
  Result<std::optional<ledger::OrderRecord>> order_by_matching_id(const MatchingId& id) override {
    if (read_failure) return *read_failure;
    return real_.order_by_matching_id(id);
  }
  Result<std::optional<ledger::OrderRecord>> default_order_for(const Eid& eid) override {
    if (read_failure) return *read_failure;
    return real_.default_order_for(eid);
  }
  Result<std::vector<ledger::OrderRecord>> expired_orders(UnixMs now, std::size_t max) override {
    if (read_failure) return *read_failure;
    return real_.expired_orders(now, max);
  }
  Result<std::optional<ledger::AttemptRecord>> attempt(const TransactionId& id) override {
    if (read_failure) return *read_failure;
    return real_.attempt(id);
  }
  Result<std::vector<ledger::AttemptRecord>> attempts_of(const std::string& order_id) override {
    if (read_failure) return *read_failure;
    return real_.attempts_of(order_id);
  }
  Result<std::vector<ledger::AttemptRecord>> overdue_attempts(ledger::AttemptState state,
                                                              UnixMs before,
                                                              std::size_t max) override {
    if (read_failure) return *read_failure;
    return real_.overdue_attempts(state, before, max);
  }
  Result<std::optional<ledger::BindingRecord>> binding(const Iccid& iccid) override {
    if (read_failure) return *read_failure;
    return real_.binding(iccid);
  }
  Result<std::vector<ledger::AttemptRecord>> deliveries_of(const Iccid& iccid,
                                                           std::size_t max) override {
    if (read_failure) return *read_failure;
    return real_.deliveries_of(iccid, max);
  }
  Result<std::vector<ledger::EvidenceRecord>> evidence_of(const Eid& eid, const Iccid& iccid,
                                                          std::size_t max) override {
    if (read_failure) return *read_failure;
    return real_.evidence_of(eid, iccid, max);
  }
  Result<bool> has_evidence(const Eid& eid, std::uint64_t sequence_number,
                            const Sha256& digest) override {
    if (read_failure) return *read_failure;
    return real_.has_evidence(eid, sequence_number, digest);
  }
  Result<std::vector<ledger::PendingNotificationRecord>> pending_notifications(
      std::size_t max) override {
    if (read_failure) return *read_failure;
    return real_.pending_notifications(max);
  }
  Result<std::int64_t> pending_notification_count() override {
    if (read_failure) return *read_failure;
    return real_.pending_notification_count();
  }
  Result<std::vector<ledger::ProgressReportRecord>> due_progress_reports(UnixMs now,
                                                                         std::size_t max) override {
    if (read_failure) return *read_failure;
    return real_.due_progress_reports(now, max);
  }
  Result<std::vector<ledger::ProgressReportRecord>> progress_reports(ledger::ReportState state,
                                                                     std::size_t max) override {
    if (read_failure) return *read_failure;
    return real_.progress_reports(state, max);
  }
  Result<std::optional<ledger::ProgressReportRecord>> progress_report(
      const std::string& report_id) override {
    if (read_failure) return *read_failure;
    return real_.progress_report(report_id);
  }
  Result<std::vector<ledger::DataKeyRecord>> data_keys() override { return real_.data_keys(); }
  Result<std::optional<ledger::StoredAnswer>> stored_answer(
      const ledger::IdempotencyKey& key) override {
    if (read_failure) return *read_failure;
    return real_.stored_answer(key);
  }

  Result<ledger::TenantHead> head() override { return real_.head(); }
  Result<std::vector<ledger::EventRecord>> events(std::int64_t after, std::size_t max) override {
    return real_.events(after, max);
  }
  Result<std::vector<ledger::UsageRecord>> usage(std::int64_t after, std::size_t max) override {
    return real_.usage(after, max);
  }
  Result<std::vector<ledger::AuditRecord>> audit(std::int64_t after, std::size_t max) override {
    return real_.audit(after, max);
  }
  Result<std::vector<ledger::AuditRecord>> history(
      std::span<const ledger::Subject> subjects) override {
    if (read_failure) return *read_failure;
    return real_.history(subjects);
  }
  Result<ledger::ChainVerdict> verify_audit() override { return real_.verify_audit(); }
  Result<std::int64_t> purge_audit_payload(UnixMs up_to_ms) override {
    return real_.purge_audit_payload(up_to_ms);
  }

 private:
  ledger::TenantLedger& real_;
};

}  // namespace berth::smdpplus::testing
