#include "kernel/smdpplus/memory_sessions.h"

namespace berth::smdpplus {
namespace {

// A full table is swept for expired sessions at most this often.
constexpr UnixMs kSweepIntervalMs = 1000;

}  // namespace

Result<bool> MemorySessions::has_room(const TenantId& tenant, UnixMs now, std::uint64_t most) {
  const std::lock_guard lock(mutex_);
  Sessions& sessions = by_tenant_[tenant];
  if (!make_room(sessions, now, max_per_tenant_, now)) return false;
  return most >= max_per_tenant_ || make_room(sessions, now, most, now - kBeginningMs);
}

Result<bool> MemorySessions::insert(const TenantId& tenant, std::unique_ptr<Session> session,
                                    UnixMs now) {
  const std::lock_guard lock(mutex_);
  Sessions& sessions = by_tenant_[tenant];
  if (!make_room(sessions, now, max_per_tenant_, now)) return false;
  session->expires_ms = now + lifetime_ms_;
  const TransactionId id = session->transaction_id;
  if (!sessions.by_id.emplace(id, std::move(session)).second) return false;
  sessions.begun.push_back(id);
  return true;
}

bool MemorySessions::make_room(Sessions& sessions, UnixMs now, std::uint64_t most,
                               UnixMs begun_by) const {
  if (sessions.by_id.size() < most) return true;
  if (now - sessions.swept_ms >= kSweepIntervalMs || now < sessions.swept_ms) {
    drop_expired(sessions, now);
    sessions.swept_ms = now;
  }
  while (sessions.by_id.size() >= most && !sessions.begun.empty()) {
    const auto oldest = sessions.by_id.find(sessions.begun.front());
    const bool waits = oldest != sessions.by_id.end() && oldest->second != nullptr &&
                       oldest->second->state == SessionState::kInitiated;
    if (waits && oldest->second->expires_ms - lifetime_ms_ > begun_by) break;
    sessions.begun.pop_front();
    if (waits) sessions.by_id.erase(oldest);
  }
  return sessions.by_id.size() < most;
}

Result<std::optional<SessionLease>> MemorySessions::take(const TenantId& tenant,
                                                         const TransactionId& id, UnixMs now) {
  using Lease = std::optional<SessionLease>;
  const std::lock_guard lock(mutex_);
  const auto table = by_tenant_.find(tenant);
  if (table == by_tenant_.end()) return Lease();
  auto& by_id = table->second.by_id;
  const auto found = by_id.find(id);
  if (found == by_id.end() || found->second == nullptr) return Lease();
  if (found->second->expires_ms <= now) {
    by_id.erase(found);
    return Lease();
  }
  return Lease(SessionLease(*this, tenant, std::move(found->second), 0));
}

Result<bool> MemorySessions::give_back(const TenantId& tenant, std::unique_ptr<Session> session,
                                       std::int64_t /*claim*/, bool closed) {
  const std::lock_guard lock(mutex_);
  auto& by_id = by_tenant_[tenant].by_id;
  const auto slot = by_id.find(session->transaction_id);
  BERTH_ASSERT(slot != by_id.end());  // what is held is never given up
  if (closed) {
    by_id.erase(slot);
  } else {
    slot->second = std::move(session);
  }
  return true;
}

Result<void> MemorySessions::drop_expired(const TenantId& tenant, UnixMs now) {
  const std::lock_guard lock(mutex_);
  const auto found = by_tenant_.find(tenant);
  if (found != by_tenant_.end()) drop_expired(found->second, now);
  return {};
}

void MemorySessions::drop_expired(Sessions& sessions, UnixMs now) {
  std::erase_if(sessions.by_id, [now](const auto& entry) {
    return entry.second != nullptr && entry.second->expires_ms <= now;
  });
  // Ids whose session ended leave with it, so that the queue never outgrows the table for long.
  std::erase_if(sessions.begun,
                [&](const TransactionId& id) { return !sessions.by_id.contains(id); });
}

Result<std::size_t> MemorySessions::size(const TenantId& tenant) {
  const std::lock_guard lock(mutex_);
  const auto found = by_tenant_.find(tenant);
  return found == by_tenant_.end() ? 0 : found->second.by_id.size();
}

}  // namespace berth::smdpplus
