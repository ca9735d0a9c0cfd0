#include "kernel/smdpplus/work_leases.h"

#include <spdlog/spdlog.h>

#include <typeinfo>

namespace berth::smdpplus {

static_assert(kLeaseRenewal + kLeaseReserve < kLeaseLength);

bool SharedWorkLeases::hold(const TenantId& tenant, std::string_view work) {
  Seen& mine = seen(tenant, work);
  const auto now = clock_.monotonic();
  if (is_ours(mine) && now - mine.since < kLeaseRenewal) return true;
  if (!is_ours(mine) && mine.asked && now - *mine.asked < kLeasePoll) return false;
  mine.asked = now;
  const std::string name(work);
  const bool had = is_ours(mine);
  const auto held = ask(tenant, name, mine);
  if (!held) {
    spdlog::warn("tenant={} lease of {}: {}", tenant.text(), name, held.error().reason());
  } else if (had && !*held) {
    spdlog::warn("tenant={} lease of {}: another node took it over", tenant.text(), name);
  }
  // The rows need not answer for what is left of it.
  return is_ours(mine) && clock_.monotonic() - mine.since <= kLeaseLength - kLeaseReserve;
}

// Renews or gets the lease, or notes whose it is. After an Error everything is as it was known.
Result<bool> SharedWorkLeases::ask(const TenantId& tenant, const std::string& work,
                                   Seen& seen) const {
  const auto asked = clock_.monotonic();
  BERTH_TRY(row, rows_.find(tenant, work));
  if (!row) {
    BERTH_TRY(inserted, rows_.insert(tenant, work, node_));
    if (inserted) seen = {ledger::WorkerLease{node_, 1}, asked, asked};
    return inserted;
  }
  if (!free_for_us(*row, seen)) {
    if (seen.lease != row) seen = {row, clock_.monotonic(), asked};
    return false;
  }
  BERTH_TRY(passed, rows_.pass(tenant, work, *row, node_));
  seen.lease.reset();
  if (passed) seen = {ledger::WorkerLease{node_, row->revision + 1}, asked, asked};
  return passed;
}

bool SharedWorkLeases::free_for_us(const ledger::WorkerLease& row, const Seen& seen) const {
  if (row.holder.empty() || row.holder == node_) return true;
  return seen.lease == row && clock_.monotonic() - seen.since >= kLeaseLength;
}

void SharedWorkLeases::give_up(const TenantId& tenant, std::string_view work) noexcept {
  try {
    Seen& mine = seen(tenant, work);
    if (!is_ours(mine)) return;
    // If it fails the lease lapses.
    const auto passed = rows_.pass(tenant, std::string(work), *mine.lease, "");
    if (!passed) {
      spdlog::warn("tenant={} lease of {} not given up: {}", tenant.text(), work,
                   passed.error().reason());
    }
    mine.lease.reset();
  } catch (const std::exception& e) {
    spdlog::error("tenant={} lease not given up: exception {}", tenant.text(), typeid(e).name());
  }
}

SharedWorkLeases::Seen& SharedWorkLeases::seen(const TenantId& tenant, std::string_view work) {
  const std::lock_guard lock(mutex_);
  return seen_[{tenant, std::string(work)}];  // stays where it is
}

}  // namespace berth::smdpplus
