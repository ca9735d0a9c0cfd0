#include "kernel/ledger/host_ledger.h"

#include <algorithm>
#include <mutex>
#include <set>

#include "kernel/ledger/audit_records.h"
#include "kernel/ledger/backend.h"
#include "kernel/ledger/chain_verifier.h"
#include "kernel/ledger/host_records.h"
#include "kernel/ledger/host_rows.h"
#include "kernel/ledger/settled.h"
#include "kernel/ledger/sql.h"

namespace berth::ledger {
namespace {

constexpr std::size_t kMaxRows = 1000;

// Which tenants are open; shared by the host ledger and every open tenant ledger.
class OpenTenants {
 public:
  bool add(const TenantId& tenant) {
    const std::lock_guard guard(mutex_);
    return open_.insert(tenant).second;
  }
  void remove(const TenantId& tenant) {
    const std::lock_guard guard(mutex_);
    open_.erase(tenant);
  }

 private:
  std::mutex mutex_;
  std::set<TenantId> open_;
};

// Its life is the tenant ledger's.
class OpenMark {
 public:
  OpenMark(std::shared_ptr<Backend> backend, std::shared_ptr<OpenTenants> tenants, TenantId tenant)
      : backend_(std::move(backend)), tenants_(std::move(tenants)), tenant_(std::move(tenant)) {}
  ~OpenMark() { tenants_->remove(tenant_); }
  OpenMark(const OpenMark&) = delete;
  OpenMark& operator=(const OpenMark&) = delete;

 private:
  std::shared_ptr<Backend> backend_;  // holds the folder's lock
  std::shared_ptr<OpenTenants> tenants_;
  TenantId tenant_;
};

Error unanswered(const Outcome& outcome) {
  if (const auto* unknown = std::get_if<Unknown>(&outcome)) {
    return {ErrorCode::kUnavailable, "ledger.in_doubt",
            "the host ledger cannot tell whether it wrote: " + unknown->why};
  }
  return {ErrorCode::kUnavailable, "ledger.unavailable",
          "the host ledger could not write: " +
              std::string(to_string(std::get<Refused>(outcome).reason))};
}

class ChainHostLedger final : public HostLedger {
 public:
  ChainHostLedger(std::shared_ptr<Backend> backend, OpenedChain chain, Random& random)
      : backend_(std::move(backend)),
        random_(random),
        reads_(std::move(chain.reads)),
        writer_(std::move(chain.writer)) {}

  Result<std::unique_ptr<TenantLedger>> open_tenant(const TenantId& tenant) override {
    if (!open_tenants_->add(tenant)) {
      return Error(ErrorCode::kAlreadyExists, "ledger.tenant_open",
                   "the ledger of tenant " + tenant.text() + " is open already");
    }
    auto mark = std::make_shared<OpenMark>(backend_, open_tenants_, tenant);
    BERTH_TRY(known, settled([&](Session& session) { return is_registered(session, tenant); }));
    const ChainState state = known ? ChainState::kRegistered : ChainState::kFirstUse;
    BERTH_TRY(chain, backend_->open_chain(tenant.text(), state, {}));
    auto ledger = make_tenant_ledger(tenant, std::move(chain), random_, std::move(mark));
    // Only now: a crash before this leaves a chain nobody has used, which the next call takes.
    if (!known) BERTH_TRY_VOID(register_tenant(tenant));
    return ledger;
  }

  Result<std::vector<TenantEntry>> tenants() override {
    return settled([](Session& session) { return registered_tenants(session); });
  }

  Result<void> audit(AuditDraft draft) override { return write({.audit = std::move(draft)}, {}); }
  Result<std::vector<AuditRecord>> audit_records(std::int64_t after, std::size_t max) override {
    return settled([&](Session& session) {
      return audit_records_after(session, std::string(kHostChain), after, std::min(max, kMaxRows));
    });
  }
  Result<ChainVerdict> verify_audit() override {
    return verify_chain(*reads_, std::string(kHostChain));
  }

  Result<bool> put_record(HostRecord next, std::int64_t from_revision, AuditDraft draft) override {
    Unit unit;
    unit.audit = std::move(draft);
    const Outcome outcome =
        settled_outcome(std::move(unit), {plan_host_record(next, from_revision)});
    if (std::holds_alternative<Committed>(outcome)) return true;
    if (const auto* refused = std::get_if<Refused>(&outcome);
        refused != nullptr && (refused->reason == RefusalReason::kGuard ||
                               refused->reason == RefusalReason::kDuplicate)) {
      return false;
    }
    return unanswered(outcome);
  }
  Result<std::optional<HostRecord>> record(const std::string& kind,
                                           const std::string& record_id) override {
    return settled([&](Session& session) { return find_host_record(session, kind, record_id); });
  }
  Result<std::vector<HostRecord>> records(const std::string& kind, const std::string& state,
                                          const std::string& after, std::size_t max) override {
    return settled([&](Session& session) {
      return host_records(session, kind, state, after, std::min(max, kMaxRows));
    });
  }

  TenantTransaction common_rows() override { return backend_->common_rows(); }
  Result<double> measure_commit_ms() override { return backend_->measure_commit_ms(); }

 private:
  template <class Work>
  auto settled(Work work) -> Result<decltype(work(std::declval<Session&>()))> {
    return read_settled(*reads_, *writer_, std::move(work));
  }

  // Another node may have been faster, which is as good.
  Result<void> register_tenant(const TenantId& tenant) {
    Unit unit;
    unit.audit = {"tenant.created", {SubjectKind::kTenant, tenant.text()}, "{}"};
    Result<void> written = write(std::move(unit), {plan_tenant(tenant)});
    if (written) return written;
    BERTH_TRY(known, settled([&](Session& session) { return is_registered(session, tenant); }));
    if (known) return {};
    return written;
  }

  // Resolves an unknown outcome once; what remains unknown is the caller's to try again.
  Outcome settled_outcome(Unit unit, Steps also) {
    unit.commit_id = to_hex(random_.bytes(16));
    const std::string commit_id = unit.commit_id;
    Outcome outcome = writer_->commit({std::move(unit), std::move(also)});
    if (std::holds_alternative<Unknown>(outcome)) outcome = writer_->resolve(commit_id);
    return outcome;
  }
  Result<void> write(Unit unit, Steps also) {
    const Outcome outcome = settled_outcome(std::move(unit), std::move(also));
    if (std::holds_alternative<Committed>(outcome)) return {};
    return unanswered(outcome);
  }

  std::shared_ptr<Backend> backend_;
  std::shared_ptr<OpenTenants> open_tenants_ = std::make_shared<OpenTenants>();
  Random& random_;
  std::unique_ptr<ReadPool> reads_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace

Result<std::unique_ptr<HostLedger>> HostLedger::open(const LedgerOptions& options,
                                                     const Clock& clock, Random& random) {
  BERTH_TRY(backend, options.postgres ? open_postgres_backend(options, clock, random)
                                      : open_sqlite_backend(options, clock, random));
  BERTH_TRY(chain, backend->open_chain(std::string(kHostChain), ChainState::kFirstUse, {}));
  return std::unique_ptr<HostLedger>(
      std::make_unique<ChainHostLedger>(std::move(backend), std::move(chain), random));
}

}  // namespace berth::ledger
