// A tenant whose ledger answers what a test put there.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "kernel/context/tenants.h"
#include "kernel/ledger/host_ledger.h"
#include "tests/kernel/vault/fakes.h"

namespace berth::api::test {

// Reads only; the API never commits by itself.
class FakeTenantLedger final : public ledger::TenantLedger {
 public:
  explicit FakeTenantLedger(TenantId tenant) : tenant_(std::move(tenant)) {}

  std::vector<ledger::ProfileRecord> stock;
  std::vector<ledger::EventRecord> sent;
  std::vector<ledger::ProfileTypeRecord> types;
  std::vector<ledger::ProgressReportRecord> reports;
  ledger::ChainVerdict verdict;
  std::optional<Error> failure;

  const TenantId& tenant() const override { return tenant_; }
  ledger::Outcome commit(ledger::Unit) override { return ledger::Unknown{"read only"}; }
  ledger::Outcome resolve(const std::string&) override { return ledger::Unknown{"read only"}; }
  Result<std::optional<ledger::ProfileRecord>> profile(const Iccid& iccid) override {
    for (const auto& one : stock) {
      if (one.iccid == iccid) return std::optional(one);
    }
    return std::optional<ledger::ProfileRecord>();
  }
  Result<std::vector<ledger::ProfileRecord>> profiles(std::string_view after,
                                                      std::size_t max) override {
    if (failure) return *failure;
    std::vector<ledger::ProfileRecord> page;
    for (const auto& one : stock) {
      if (one.iccid.text() > after && page.size() < max) page.push_back(one);
    }
    return page;
  }
  Result<std::optional<ledger::ProfileRecord>> available_profile(std::string_view,
                                                                 std::size_t) override {
    return no();
  }
  Result<bool> profile_type_in_use(std::string_view) override { return no(); }
  Result<ledger::StoredObjects> stored_objects() override { return ledger::StoredObjects{3, 4096}; }
  Result<std::optional<ledger::ProfileTypeRecord>> profile_type(std::string_view name) override {
    for (const auto& one : types) {
      if (one.name == name) return std::optional(one);
    }
    return std::optional<ledger::ProfileTypeRecord>();
  }
  Result<std::vector<ledger::ProfileTypeRecord>> profile_types(std::string_view,
                                                               std::size_t) override {
    return types;
  }
  Result<std::optional<ledger::OrderRecord>> order(const std::string&) override { return no(); }
  Result<std::optional<ledger::OrderRecord>> order_by_matching_id(const MatchingId&) override {
    return no();
  }
  Result<std::optional<ledger::OrderRecord>> default_order_for(const Eid&) override { return no(); }
  Result<std::vector<ledger::OrderRecord>> expired_orders(UnixMs, std::size_t) override {
    return no();
  }
  Result<std::optional<ledger::AttemptRecord>> attempt(const TransactionId&) override {
    return no();
  }
  Result<std::vector<ledger::AttemptRecord>> attempts_of(const std::string&) override {
    return no();
  }
  Result<std::vector<ledger::AttemptRecord>> overdue_attempts(ledger::AttemptState, UnixMs,
                                                              std::size_t) override {
    return no();
  }
  Result<std::optional<ledger::BindingRecord>> binding(const Iccid&) override { return no(); }
  Result<std::vector<ledger::AttemptRecord>> deliveries_of(const Iccid&, std::size_t) override {
    return no();
  }
  Result<std::vector<ledger::EvidenceRecord>> evidence_of(const Eid&, const Iccid&,
                                                          std::size_t) override {
    return no();
  }
  Result<bool> has_evidence(const Eid&, std::uint64_t, const Sha256&) override { return no(); }
  Result<std::vector<ledger::PendingNotificationRecord>> pending_notifications(
      std::size_t) override {
    return no();
  }
  Result<std::int64_t> pending_notification_count() override { return no(); }
  Result<std::vector<ledger::ProgressReportRecord>> due_progress_reports(UnixMs,
                                                                         std::size_t) override {
    return no();
  }
  Result<std::vector<ledger::ProgressReportRecord>> progress_reports(ledger::ReportState state,
                                                                     std::size_t) override {
    std::vector<ledger::ProgressReportRecord> found;
    for (const auto& one : reports) {
      if (one.state == state) found.push_back(one);
    }
    return found;
  }
  Result<std::optional<ledger::ProgressReportRecord>> progress_report(const std::string&) override {
    return no();
  }
  Result<std::vector<ledger::DataKeyRecord>> data_keys() override { return no(); }
  Result<std::optional<ledger::StoredAnswer>> stored_answer(
      const ledger::IdempotencyKey&) override {
    return no();
  }
  Result<ledger::TenantHead> head() override {
    return ledger::TenantHead{7, 9, Bytes{0xAB, 0xCD}, 1, 2};
  }
  Result<std::vector<ledger::EventRecord>> events(std::int64_t after, std::size_t max) override {
    std::vector<ledger::EventRecord> page;
    for (const auto& one : sent) {
      if (one.sequence > after && page.size() < max) page.push_back(one);
    }
    return page;
  }
  Result<std::vector<ledger::UsageRecord>> usage(std::int64_t, std::size_t) override {
    return no();
  }
  Result<std::vector<ledger::AuditRecord>> audit(std::int64_t, std::size_t) override {
    return no();
  }
  Result<std::vector<ledger::AuditRecord>> history(std::span<const ledger::Subject>) override {
    return no();
  }
  Result<ledger::ChainVerdict> verify_audit() override { return verdict; }
  Result<std::int64_t> purge_audit_payload(UnixMs) override { return no(); }

 private:
  static Error no() { return {ErrorCode::kUnsupported, "test.unsupported", "not in this test"}; }
  TenantId tenant_;
};

class FakeHostLedger final : public ledger::HostLedger {
 public:
  std::vector<ledger::AuditDraft> audited;
  std::map<std::pair<std::string, std::string>, ledger::HostRecord> kept;
  std::optional<Error> failure;
  UnixMs now_ms = 1'800'000'000'000;  // by the ledger's own clock

  Result<std::unique_ptr<ledger::TenantLedger>> open_tenant(const TenantId&) override {
    return no();
  }
  Result<std::vector<ledger::TenantEntry>> tenants() override { return no(); }
  Result<void> audit(ledger::AuditDraft draft) override {
    if (failure) return *failure;
    audited.push_back(std::move(draft));
    return {};
  }
  Result<bool> put_record(ledger::HostRecord next, std::int64_t from_revision,
                          ledger::AuditDraft draft) override {
    if (failure) return *failure;
    const auto found = kept.find({next.kind, next.record_id});
    const std::int64_t now = found == kept.end() ? 0 : found->second.revision;
    if (now != from_revision) return false;
    next.revision = from_revision + 1;
    next.created_ms = found == kept.end() ? now_ms : found->second.created_ms;
    next.changed_ms = now_ms;
    kept[{next.kind, next.record_id}] = next;
    audited.push_back(std::move(draft));
    return true;
  }
  Result<std::optional<ledger::HostRecord>> record(const std::string& kind,
                                                   const std::string& id) override {
    if (failure) return *failure;
    const auto found = kept.find({kind, id});
    if (found == kept.end()) return std::optional<ledger::HostRecord>();
    return std::optional(found->second);
  }
  Result<std::vector<ledger::HostRecord>> records(const std::string& kind, const std::string& state,
                                                  const std::string& after,
                                                  std::size_t max) override {
    if (failure) return *failure;
    std::vector<ledger::HostRecord> found;
    for (const auto& [key, one] : kept) {
      if (key.first != kind || key.second <= after || found.size() == max) continue;
      if (state.empty() || one.state == state) found.push_back(one);
    }
    return found;
  }
  Result<std::vector<ledger::AuditRecord>> audit_records(std::int64_t, std::size_t) override {
    return no();
  }
  Result<ledger::ChainVerdict> verify_audit() override {
    return ledger::ChainVerdict{true, 3, 1, 0, ""};
  }
  ledger::TenantTransaction common_rows() override { return {}; }
  Result<double> measure_commit_ms() override { return 1.0; }

 private:
  static Error no() { return {ErrorCode::kUnsupported, "test.unsupported", "not in this test"}; }
};

// One tenant, "tenant-a", in a real context over doubles.
struct FakeHost {
  explicit FakeHost(plugins::Registrar* registrar = nullptr, plugins::RatingModel* rating = nullptr,
                    plugins::BssConnector* bss = nullptr,
                    const std::function<void(tenancy::TenantConfiguration&)>& configure = {})
      : ledger(*TenantId::parse("tenant-a")) {
    identities = *trust::SmdpIdentities::load(tenancy::HostConfiguration{}, hsm, 0);
    const auto key = vault::create_data_key(hsm, {}, "kek", ledger.tenant(), 1, random);
    vault = *vault::Vault::open(ledger.tenant(), hsm, {}, "kek", {*key}, store, random);
    tenancy::TenantConfiguration configuration{"", ledger.tenant()};
    configuration.display_name = "Tenant A";
    if (configure) configure(configuration);
    tenancy::Route route{ledger.tenant(), {}, {}, *HostName::parse("rsp.tenant-a.example"), ""};
    tenants.add(std::make_unique<context::TenantContext>(context::TenantContext::Parts{
        std::move(configuration), std::move(route), nullptr, nullptr, ledger, *vault, hsm,
        *identities, hsm, clock, random, registrar, rating, bss}));
  }

  vault::testing::FakeHsm hsm;
  vault::testing::FakeStore store;
  SystemRandom random;
  ManualClock clock{1'800'000'000'000};
  FakeTenantLedger ledger;
  FakeHostLedger host_ledger;
  std::unique_ptr<trust::SmdpIdentities> identities;
  std::unique_ptr<vault::Vault> vault;
  context::Tenants tenants{std::make_shared<const tenancy::RouteTable>()};
};

}  // namespace berth::api::test
