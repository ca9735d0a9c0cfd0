#include "kernel/smdpplus/shared_sessions.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace berth::smdpplus {

static_assert(ledger::kSessionBegun == static_cast<std::int64_t>(SessionState::kInitiated));

Result<bool> SharedSessions::has_room(const TenantId& tenant, UnixMs now, std::uint64_t most) {
  BERTH_TRY(room, make_room(tenant, now, max_per_tenant_, now));
  if (!room || most >= max_per_tenant_) return room;
  return make_room(tenant, now, static_cast<std::int64_t>(most), now - kBeginningMs);
}

Result<bool> SharedSessions::make_room(const TenantId& tenant, UnixMs now, std::int64_t most,
                                       UnixMs begun_by) {
  BERTH_TRY(known, known_count(tenant, now));
  if (known < most) return true;
  BERTH_TRY_VOID(drop_expired(tenant, now));
  BERTH_TRY(full, count_anew(tenant, now));
  if (full < most) return true;
  const std::int64_t excess = full - most + 1;
  BERTH_TRY(gone, rows_.give_up_oldest(tenant,
                                       std::max<std::int64_t>(excess, most / kSessionsGivenUpPart),
                                       now, begun_by));
  adjust(tenant, -gone);
  return full - gone < most;
}

Result<bool> SharedSessions::insert(const TenantId& tenant, std::unique_ptr<Session> session,
                                    UnixMs now) {
  BERTH_TRY(room, make_room(tenant, now, max_per_tenant_, now));
  if (!room) return false;
  BERTH_TRY(body, encode_session(*session));
  BERTH_TRY(inserted,
            rows_.insert(tenant,
                         {session->transaction_id, static_cast<std::int64_t>(session->state),
                          now + lifetime_ms_, std::move(body)},
                         now));
  if (inserted) adjust(tenant, 1);
  return inserted;
}

Result<std::optional<SessionLease>> SharedSessions::take(const TenantId& tenant,
                                                         const TransactionId& id, UnixMs now) {
  using Lease = std::optional<SessionLease>;
  BERTH_TRY(held, rows_.claim(tenant, id, now, now + kSessionHoldMs));
  if (!held) return Lease();
  auto session = decode_session(held->row.body, find_identity_);
  if (!session || (*session)->transaction_id != id) {
    spdlog::warn("tenant={} {}", tenant.text(),
                 session ? "a stored download session is another's" : session.error().message());
    // As it was: another node may be able to read it.
    BERTH_TRY_VOID(rows_.give_back(tenant, *held));
    return Lease();
  }
  (*session)->expires_ms = held->row.expires_ms;
  return Lease(SessionLease(*this, tenant, std::move(*session), held->revision));
}

Result<bool> SharedSessions::give_back(const TenantId& tenant, std::unique_ptr<Session> session,
                                       std::int64_t claim, bool closed) {
  ledger::HeldSession held{
      {session->transaction_id, static_cast<std::int64_t>(session->state), session->expires_ms},
      claim};
  if (closed) {
    BERTH_TRY(removed, rows_.remove(tenant, held));
    if (removed) adjust(tenant, -1);
    return removed;
  }
  BERTH_TRY(body, encode_session(*session));
  held.row.body = std::move(body);
  return rows_.give_back(tenant, held);
}

Result<void> SharedSessions::drop_expired(const TenantId& tenant, UnixMs now) {
  BERTH_TRY(gone, rows_.drop_expired(tenant, now));
  adjust(tenant, -gone);
  return {};
}

Result<std::size_t> SharedSessions::size(const TenantId& tenant) {
  BERTH_TRY(count, rows_.count(tenant));
  return static_cast<std::size_t>(count);
}

Result<std::int64_t> SharedSessions::known_count(const TenantId& tenant, UnixMs now) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(tenant);
    const UnixMs age = found == counts_.end() ? kSessionCountMs : now - found->second.asked_ms;
    if (age >= 0 && age < kSessionCountMs) return found->second.sessions;
  }
  return count_anew(tenant, now);
}

Result<std::int64_t> SharedSessions::count_anew(const TenantId& tenant, UnixMs now) {
  BERTH_TRY(sessions, rows_.count(tenant));
  const std::lock_guard lock(mutex_);
  counts_.insert_or_assign(tenant, Count{sessions, now});
  return sessions;
}

void SharedSessions::adjust(const TenantId& tenant, std::int64_t by) {
  const std::lock_guard lock(mutex_);
  const auto known = counts_.find(tenant);
  if (known != counts_.end()) known->second.sessions += by;
}

}  // namespace berth::smdpplus
