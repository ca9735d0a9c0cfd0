#include "kernel/ledger/host_ledger.h"

#include <algorithm>
#include <mutex>
#include <set>

#include "kernel/ledger/audit_records.h"
#include "kernel/ledger/chain_verifier.h"
#include "kernel/ledger/head.h"
#include "kernel/ledger/open_tenant.h"
#include "kernel/ledger/settled.h"
#include "kernel/ledger/sql.h"

namespace berth::ledger {
namespace {

constexpr std::size_t kMaxRows = 1000;

// Which tenants are open; shared by the host ledger and every open tenant ledger.
class OpenTenants {
 public:
  explicit OpenTenants(std::shared_ptr<FolderLock> lock) : lock_(std::move(lock)) {}

  bool add(const TenantId& tenant) {
    const std::lock_guard guard(mutex_);
    return open_.insert(tenant).second;
  }
  void remove(const TenantId& tenant) {
    const std::lock_guard guard(mutex_);
    open_.erase(tenant);
  }

 private:
  std::shared_ptr<FolderLock> lock_;
  std::mutex mutex_;
  std::set<TenantId> open_;
};

// Its life is the tenant ledger's.
class OpenMark {
 public:
  OpenMark(std::shared_ptr<OpenTenants> tenants, TenantId tenant)
      : tenants_(std::move(tenants)), tenant_(std::move(tenant)) {}
  ~OpenMark() { tenants_->remove(tenant_); }
  OpenMark(const OpenMark&) = delete;
  OpenMark& operator=(const OpenMark&) = delete;

 private:
  std::shared_ptr<OpenTenants> tenants_;
  TenantId tenant_;
};

Applied insert_tenant(Session& session, const ApplyContext& context, const TenantId& tenant) {
  static const Statement kInsert{"insert into tenant (tenant_id, created_ms) values (:t, :c)"};
  session.execute(kInsert, {tenant.text(), context.time_ms});
  return std::nullopt;
}

Error unanswered(const Outcome& outcome) {
  if (const auto* unknown = std::get_if<Unknown>(&outcome)) {
    return {ErrorCode::kUnavailable, "ledger.in_doubt",
            "the host ledger cannot tell whether it wrote: " + unknown->why};
  }
  return {ErrorCode::kUnavailable, "ledger.unavailable",
          "the host ledger could not write: " +
              std::string(to_string(std::get<Refused>(outcome).reason))};
}

class SqliteHostLedger final : public HostLedger {
 public:
  SqliteHostLedger(LedgerOptions options, OpenedChain chain, std::shared_ptr<OpenTenants> tenants,
                   const Clock& clock, Random& random)
      : options_(std::move(options)),
        open_tenants_(std::move(tenants)),
        clock_(clock),
        random_(random),
        reads_(std::move(chain.reads)),
        writer_(std::move(chain.writer)) {}

  Result<std::unique_ptr<TenantLedger>> open_tenant(const TenantId& tenant) override {
    if (!open_tenants_->add(tenant)) {
      return Error(ErrorCode::kAlreadyExists, "ledger.tenant_open",
                   "the ledger of tenant " + tenant.text() + " is open already");
    }
    auto mark = std::make_shared<OpenMark>(open_tenants_, tenant);
    const std::filesystem::path file = options_.folder / "tenants" / (tenant.text() + ".db");
    BERTH_TRY(known, is_registered(tenant));
    const FileState state = known ? FileState::kRegistered : FileState::kFirstUse;
    BERTH_TRY(ledger,
              open_tenant_ledger(file, tenant, options_, clock_, random_, mark, {}, {}, state));
    // Only now: a crash before this leaves a file nobody has used, which the next call takes.
    if (!known) BERTH_TRY_VOID(register_tenant(tenant));
    return std::move(ledger);
  }

  Result<std::vector<TenantEntry>> tenants() override {
    static const Statement kSelect{"select tenant_id, created_ms from tenant order by tenant_id",
                                   "ti"};
    return settled([](Session& session) {
      std::vector<TenantEntry> entries;
      for (const Row& row : session.query(kSelect, {})) {
        entries.push_back({stored(TenantId::parse(value_text(row[0]))), value_number(row[1])});
      }
      return entries;
    });
  }

  Result<void> audit(AuditDraft draft) override {
    return write({.audit = std::move(draft)}, nullptr);
  }
  Result<std::vector<AuditRecord>> audit_records(std::int64_t after, std::size_t max) override {
    return settled([&](Session& session) {
      return audit_records_after(session, std::string(kHostChain), after, std::min(max, kMaxRows));
    });
  }
  Result<ChainVerdict> verify_audit() override {
    return verify_chain(*reads_, std::string(kHostChain));
  }

  Result<double> measure_commit_ms() override { return measure_sync_ms(options_.folder); }

 private:
  template <class Work>
  auto settled(Work work) -> Result<decltype(work(std::declval<Session&>()))> {
    return read_settled(*reads_, *writer_, std::move(work));
  }

  Result<bool> is_registered(const TenantId& tenant) {
    static const Statement kFind{"select created_ms from tenant where tenant_id = :t", "i"};
    return settled(
        [&](Session& session) { return !session.query(kFind, {tenant.text()}).empty(); });
  }

  Result<void> register_tenant(const TenantId& tenant) {
    Unit unit;
    unit.audit = {"tenant.created", {SubjectKind::kTenant, tenant.text()}, "{}"};
    return write(std::move(unit), [tenant](Session& session, const ApplyContext& context) {
      return insert_tenant(session, context, tenant);
    });
  }

  // Resolves an unknown outcome once; what remains unknown is the caller's to try again.
  Result<void> write(Unit unit, std::function<Applied(Session&, const ApplyContext&)> also) {
    unit.commit_id = to_hex(random_.bytes(16));
    const std::string commit_id = unit.commit_id;
    Outcome outcome = writer_->commit({std::move(unit), std::move(also)});
    if (std::holds_alternative<Unknown>(outcome)) outcome = writer_->resolve(commit_id);
    if (std::holds_alternative<Committed>(outcome)) return {};
    return unanswered(outcome);
  }

  const LedgerOptions options_;
  std::shared_ptr<OpenTenants> open_tenants_;
  const Clock& clock_;
  Random& random_;
  std::unique_ptr<ReadPool> reads_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace

Result<std::unique_ptr<HostLedger>> HostLedger::open(const LedgerOptions& options,
                                                     const Clock& clock, Random& random) {
  BERTH_TRY_VOID(ensure_folder(options.folder));
  BERTH_TRY_VOID(ensure_folder(options.folder / "tenants"));
  BERTH_TRY(lock, FolderLock::take(options.folder));
  BERTH_TRY(chain, open_chain({options.folder / "host.db", std::string(kHostChain), "host"},
                              options, clock, random, {}, {}));
  return std::unique_ptr<HostLedger>(std::make_unique<SqliteHostLedger>(
      options, std::move(chain), std::make_shared<OpenTenants>(std::move(lock)), clock, random));
}

}  // namespace berth::ledger
