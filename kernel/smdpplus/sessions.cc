#include "kernel/smdpplus/sessions.h"

namespace berth::smdpplus {

SessionTable::Lease::~Lease() {
  if (session_ != nullptr) table_->give_back(tenant_, std::move(session_), closed_);
}

bool SessionTable::has_room(const TenantId& tenant, UnixMs now) {
  const std::lock_guard lock(mutex_);
  Sessions& sessions = by_tenant_[tenant];
  if (sessions.size() >= max_per_tenant_) drop_expired(sessions, now);
  return sessions.size() < max_per_tenant_;
}

bool SessionTable::insert(const TenantId& tenant, std::unique_ptr<Session> session, UnixMs now) {
  const std::lock_guard lock(mutex_);
  Sessions& sessions = by_tenant_[tenant];
  if (sessions.size() >= max_per_tenant_) return false;
  session->expires_ms = now + lifetime_ms_;
  const TransactionId id = session->transaction_id;
  return sessions.emplace(id, std::move(session)).second;
}

std::optional<SessionTable::Lease> SessionTable::take(const TenantId& tenant,
                                                      const TransactionId& id, UnixMs now) {
  const std::lock_guard lock(mutex_);
  const auto table = by_tenant_.find(tenant);
  if (table == by_tenant_.end()) return std::nullopt;
  const auto found = table->second.find(id);
  if (found == table->second.end() || found->second == nullptr) return std::nullopt;
  if (found->second->expires_ms <= now) {
    table->second.erase(found);
    return std::nullopt;
  }
  return Lease(*this, tenant, std::move(found->second));
}

void SessionTable::give_back(const TenantId& tenant, std::unique_ptr<Session> session,
                             bool closed) {
  const std::lock_guard lock(mutex_);
  Sessions& sessions = by_tenant_[tenant];
  const auto slot = sessions.find(session->transaction_id);
  if (slot == sessions.end()) return;
  if (closed) {
    sessions.erase(slot);
  } else {
    slot->second = std::move(session);
  }
}

void SessionTable::drop_expired(UnixMs now) {
  const std::lock_guard lock(mutex_);
  for (auto& [tenant, sessions] : by_tenant_) drop_expired(sessions, now);
}

void SessionTable::drop_expired(Sessions& sessions, UnixMs now) {
  std::erase_if(sessions, [now](const auto& entry) {
    return entry.second != nullptr && entry.second->expires_ms <= now;
  });
}

std::size_t SessionTable::size(const TenantId& tenant) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_tenant_.find(tenant);
  return found == by_tenant_.end() ? 0 : found->second.size();
}

}  // namespace berth::smdpplus
