#include "kernel/smdpplus/object_collection.h"

#include <spdlog/spdlog.h>

#include <limits>

#include "kernel/smdpplus/commit.h"
#include "kernel/smdpplus/drafts.h"

namespace berth::smdpplus {
namespace {

constexpr std::size_t kProfilePage = 500;
// So that one tenant's store does not hold up the others: what is left waits for the next round.
constexpr std::chrono::milliseconds kBudget{200};
// A store that does not answer costs a round of housekeeping no more than this.
constexpr std::chrono::seconds kStoreDeadline{2};

class LedgerReferences final : public vault::References {
 public:
  explicit LedgerReferences(context::TenantContext& tenant) : tenant_(tenant) {}

  Result<Page> page(const std::string& from) override {
    // Profiles can be read while a batch's outcome is unknown, what was written with them cannot:
    // this fails as long as a profile may yet turn up.
    BERTH_TRY_VOID(tenant_.ledger().usage(std::numeric_limits<std::int64_t>::max(), 1));
    BERTH_TRY(profiles, tenant_.ledger().profiles(from, kProfilePage));
    Page page;
    for (const ledger::ProfileRecord& profile : profiles) {
      page.names.push_back(profile.package.object_name);
      const std::string& second = profile.protected_package.object_name;
      if (!second.empty()) page.names.push_back(second);
    }
    if (profiles.size() == kProfilePage) page.next = profiles.back().iccid.text();
    return page;
  }

  Result<void> announce(std::span<const std::string> names) override {
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : " ") + name;
    ledger::Unit unit;
    unit.commit_id = new_commit_id(tenant_);
    unit.audit =
        audit_draft("vault.objects_collected", {ledger::SubjectKind::kTenant, tenant_.id().text()},
                    {{"count", std::to_string(names.size())}, {"objects", list}});
    auto done = commit(tenant_.ledger(), std::move(unit));
    if (done && std::holds_alternative<ledger::Committed>(*done)) return {};
    return Error{ErrorCode::kUnavailable, "vault.not_recorded",
                 "the ledger does not take the record of a removal, so nothing is removed"};
  }

 private:
  context::TenantContext& tenant_;
};

}  // namespace

bool ObjectCollection::collect(context::TenantContext& tenant) {
  vault::Collector* collector = nullptr;
  {
    std::lock_guard lock(mutex_);
    auto& entry = collectors_[tenant.id()];
    if (!entry) {
      entry = std::make_unique<vault::Collector>(tenant.vault(), tenant.clock(),
                                                 tenant.id().text() + "/");
    }
    collector = entry.get();
  }
  LedgerReferences references(tenant);
  const auto until = tenant.clock().monotonic() + kBudget;
  while (true) {
    const plugins::Op op{"collect", "", tenant.clock().monotonic() + kStoreDeadline};
    const auto more = collector->step(op, references);
    if (!more) {
      spdlog::warn("tenant={} unreferenced objects stay: {}: {}", tenant.id().text(),
                   more.error().reason(), more.error().message());
      return false;
    }
    if (!*more) return false;
    if (tenant.clock().monotonic() > until) return true;
  }
}

}  // namespace berth::smdpplus
