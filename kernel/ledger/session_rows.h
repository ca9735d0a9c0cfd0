// The table of ES9+ sessions that several nodes share (schema/es9_session.sql). What a body says is
// its reader's affair.
//
// Every step is one statement, guarded by the row's revision or by its hold, so that of two nodes
// one wins. A hold ends by itself when its time is over: a node that died frees its sessions.
// Times are the caller's, in milliseconds; nodes whose clocks differ by seconds differ by seconds
// in when a hold or a session ends, and in nothing else.
//
// Thread-safe. All calls fail with what TenantTransaction fails with.

#pragma once

#include <optional>

#include "kernel/base/clock.h"
#include "kernel/ledger/tenant_transaction.h"

namespace berth::ledger {

// The phase in which a session may be given up for another one.
inline constexpr std::int64_t kSessionBegun = 1;

struct SessionRow {
  TransactionId transaction_id;
  std::int64_t phase = 0;  // kSessionBegun or higher
  UnixMs expires_ms = 0;
  Bytes body = {};
};

// A session held by one request; `revision` proves it when the session is given back.
struct HeldSession {
  SessionRow row;
  std::int64_t revision = 0;
};

class SessionRows {
 public:
  explicit SessionRows(TenantTransaction transaction) : transaction_(std::move(transaction)) {}

  // False: the tenant has a session of this id.
  Result<bool> insert(const TenantId& tenant, const SessionRow& row, UnixMs now) const;
  // Holds the session until `until`. Empty: unknown, expired, or held by somebody else.
  Result<std::optional<HeldSession>> claim(const TenantId& tenant, const TransactionId& id,
                                           UnixMs now, UnixMs until) const;
  // Ends the hold with a new phase and body. False: the hold was over and somebody else took it.
  Result<bool> give_back(const TenantId& tenant, const HeldSession& held) const;
  // Ends the hold and the session; false as above.
  Result<bool> remove(const TenantId& tenant, const HeldSession& held) const;

  Result<std::int64_t> count(const TenantId& tenant) const;
  // How many expired sessions are gone now. One that is held stays.
  Result<std::int64_t> drop_expired(const TenantId& tenant, UnixMs now) const;
  // Gives up at most `max` of the sessions that only began, by `begun_by` or before, the oldest
  // first; how many.
  Result<std::int64_t> give_up_oldest(const TenantId& tenant, std::int64_t max, UnixMs now,
                                      UnixMs begun_by) const;

 private:
  Result<std::int64_t> changed(const TenantId& tenant, const Statement& statement,
                               std::span<const Value> values) const;

  TenantTransaction transaction_;
};

}  // namespace berth::ledger
