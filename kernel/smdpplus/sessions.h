// ES9+ sessions before a package is delivered (SGP.22 §3.0.1): in memory, bounded, short-lived. An
// LPA that loses one starts again.
//
// Anybody may begin a session, so a full table gives up its oldest unauthenticated one: a flood of
// beginnings pushes itself out and keeps nobody's phone away for longer than it takes to fill it.
//
// SessionTable is thread-safe. A Session belongs to the one request that holds its lease.

#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "kernel/base/clock.h"
#include "kernel/base/identifiers.h"
#include "kernel/rsp/pki/chain.h"
#include "kernel/smdpplus/failure.h"
#include "kernel/trust/smdp_identities.h"

namespace berth::smdpplus {

enum class SessionState : std::uint8_t { kInitiated = 1, kAuthenticated, kDelivered };

struct Session {
  TransactionId transaction_id;
  SessionState state = SessionState::kInitiated;
  UnixMs expires_ms = 0;
  std::string server_address;  // in the client's spelling, as signed
  Bytes server_challenge;
  Bytes euicc_ci_key_id;  // euiccCiPKIdToBeUsed
  std::shared_ptr<const trust::SmdpIdentity> identity;

  // From AuthenticateClient on:
  std::optional<rsp::pki::EuiccIdentity> card;
  std::string order_id;
  std::optional<Iccid> iccid;
  std::uint32_t attempt = 0;
  Bytes smdp_signature2;  // 64 octets
  Bytes metadata;         // BF25 as shown to the user
};

class SessionTable {
 public:
  SessionTable(std::uint32_t lifetime_ms, std::uint32_t max_per_tenant)
      : lifetime_ms_(lifetime_ms), max_per_tenant_(max_per_tenant) {}

  // Exclusive use of a session; given back (or dropped after close()) on destruction.
  class Lease {
   public:
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    Session* operator->() { return session_.get(); }
    Session& operator*() { return *session_; }
    // The session ends with this request.
    void close() { closed_ = true; }
    void keep() { closed_ = false; }
    // The session goes on when the failure was ours: the device may repeat the same call.
    void settle(const Failure& failure) {
      if (std::holds_alternative<Error>(failure)) keep();
    }

   private:
    friend class SessionTable;
    Lease(SessionTable& table, TenantId tenant, std::unique_ptr<Session> session)
        : table_(&table), tenant_(std::move(tenant)), session_(std::move(session)) {}
    SessionTable* table_;
    TenantId tenant_;
    std::unique_ptr<Session> session_;
    bool closed_ = false;
  };

  // Room for one more? To be asked before any costly work; a full table gives up its oldest
  // unauthenticated session here already.
  bool has_room(const TenantId& tenant, UnixMs now);
  // False when the table is full of sessions that are past authentication.
  bool insert(const TenantId& tenant, std::unique_ptr<Session> session, UnixMs now);
  // Empty: unknown to this tenant, expired, or in use by another request right now.
  std::optional<Lease> take(const TenantId& tenant, const TransactionId& id, UnixMs now);
  // One tenant's; the host goes through its tenants, so each table is swept once a round.
  void drop_expired(const TenantId& tenant, UnixMs now);
  std::size_t size(const TenantId& tenant) const;

 private:
  // A null pointer marks a session that a request holds.
  struct Sessions {
    std::map<TransactionId, std::unique_ptr<Session>> by_id;
    std::deque<TransactionId> begun;  // oldest first; ids that ended are skipped
    UnixMs swept_ms = 0;
  };
  // One place freed: an expired session, else the oldest one that is not authenticated.
  bool make_room(Sessions& sessions, UnixMs now) const;
  void give_back(const TenantId& tenant, std::unique_ptr<Session> session, bool closed);
  static void drop_expired(Sessions& sessions, UnixMs now);

  const std::uint32_t lifetime_ms_;
  const std::uint32_t max_per_tenant_;
  mutable std::mutex mutex_;
  std::map<TenantId, Sessions> by_tenant_;
};

}  // namespace berth::smdpplus
