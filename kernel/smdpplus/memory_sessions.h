// Sessions in the memory of a host's only node.

#pragma once

#include <deque>
#include <map>
#include <mutex>

#include "kernel/smdpplus/sessions.h"

namespace berth::smdpplus {

class MemorySessions final : public SessionStore {
 public:
  MemorySessions(std::uint32_t lifetime_ms, std::uint32_t max_per_tenant)
      : lifetime_ms_(lifetime_ms), max_per_tenant_(max_per_tenant) {}

  Result<bool> has_room(const TenantId& tenant, UnixMs now, std::uint64_t most) override;
  Result<bool> insert(const TenantId& tenant, std::unique_ptr<Session> session,
                      UnixMs now) override;
  Result<std::optional<SessionLease>> take(const TenantId& tenant, const TransactionId& id,
                                           UnixMs now) override;
  Result<void> drop_expired(const TenantId& tenant, UnixMs now) override;
  Result<std::size_t> size(const TenantId& tenant) override;

 private:
  // A null pointer marks a session that a request holds.
  struct Sessions {
    std::map<TransactionId, std::unique_ptr<Session>> by_id;
    std::deque<TransactionId> begun;  // oldest first; ids that ended are skipped
    UnixMs swept_ms = 0;
  };
  // One place below `most` freed: an expired session, else the oldest one that is not authenticated
  // and began at `begun_by` or before.
  bool make_room(Sessions& sessions, UnixMs now, std::uint64_t most, UnixMs begun_by) const;
  Result<bool> give_back(const TenantId& tenant, std::unique_ptr<Session> session,
                         std::int64_t claim, bool closed) override;
  static void drop_expired(Sessions& sessions, UnixMs now);

  const std::uint32_t lifetime_ms_;
  const std::uint32_t max_per_tenant_;
  std::mutex mutex_;
  std::map<TenantId, Sessions> by_tenant_;
};

}  // namespace berth::smdpplus
