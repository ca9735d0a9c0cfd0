// Sessions in a table that every node of a host reads and writes: a request may land on any of
// them.
//
// A request holds its session by a claim of kSessionHoldMs: a node that died in between frees it by
// itself, and a request that took longer than that finds its claim lost and answers nothing. Two
// requests for one session, wherever they land: one holds it, the other is told it is unknown.

#pragma once

#include <map>
#include <mutex>

#include "kernel/ledger/session_rows.h"
#include "kernel/smdpplus/session_codec.h"
#include "kernel/smdpplus/sessions.h"

namespace berth::smdpplus {

// Longer than a request may take: each call of a plugin has 5 seconds, and a few in a row are
// usual.
inline constexpr UnixMs kSessionHoldMs = 60'000;
// The table's size is asked at most this often. So the tenant's maximum may be exceeded by what the
// other nodes begin in as long.
inline constexpr UnixMs kSessionCountMs = 2000;
// Of a full table this part is given up at once, so that a flood does not count rows all the time.
inline constexpr std::uint32_t kSessionsGivenUpPart = 100;

class SharedSessions final : public SessionStore {
 public:
  SharedSessions(ledger::SessionRows rows, FindIdentity find_identity, std::uint32_t lifetime_ms,
                 std::uint32_t max_per_tenant)
      : rows_(std::move(rows)),
        find_identity_(std::move(find_identity)),
        lifetime_ms_(lifetime_ms),
        max_per_tenant_(max_per_tenant) {}

  Result<bool> has_room(const TenantId& tenant, UnixMs now, std::uint64_t most) override;
  Result<bool> insert(const TenantId& tenant, std::unique_ptr<Session> session,
                      UnixMs now) override;
  Result<std::optional<SessionLease>> take(const TenantId& tenant, const TransactionId& id,
                                           UnixMs now) override;
  Result<void> drop_expired(const TenantId& tenant, UnixMs now) override;
  Result<std::size_t> size(const TenantId& tenant) override;

 private:
  // As far as this node knows.
  struct Count {
    std::int64_t sessions = 0;
    UnixMs asked_ms = 0;
  };
  Result<bool> give_back(const TenantId& tenant, std::unique_ptr<Session> session,
                         std::int64_t claim, bool closed) override;
  Result<bool> make_room(const TenantId& tenant, UnixMs now, std::int64_t most, UnixMs begun_by);
  Result<std::int64_t> known_count(const TenantId& tenant, UnixMs now);
  Result<std::int64_t> count_anew(const TenantId& tenant, UnixMs now);
  void adjust(const TenantId& tenant, std::int64_t by);

  const ledger::SessionRows rows_;
  const FindIdentity find_identity_;
  const std::uint32_t lifetime_ms_;
  const std::uint32_t max_per_tenant_;
  std::mutex mutex_;
  std::map<TenantId, Count> counts_;
};

}  // namespace berth::smdpplus
