// ES9+ sessions before a package is delivered (SGP.22 §3.0.1): bounded for each tenant,
// short-lived. An LPA that loses one starts again.
//
// Anybody may begin a session, so a full store gives up its oldest unauthenticated one: a flood of
// beginnings pushes itself out and keeps nobody's phone away for longer than it takes to fill it.
//
// Two stores: in the memory of a host's only node (memory_sessions.h), and in the ledger's database
// for nodes that share it (shared_sessions.h). SessionStore is thread-safe; a Session belongs to
// the one request, of all nodes, that holds its lease.

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "kernel/base/clock.h"
#include "kernel/base/identifiers.h"
#include "kernel/rsp/pki/certificate.h"
#include "kernel/smdpplus/failure.h"
#include "kernel/trust/smdp_identities.h"

namespace berth::smdpplus {

enum class SessionState : std::uint8_t { kInitiated = 1, kAuthenticated, kDelivered };

// Whose chain was verified in this session.
struct SessionCard {
  Eid eid;
  rsp::pki::Certificate euicc;
};

// Holds personal data (the EID) and no secret: what is in it the device was sent, or sent itself.
// What must stay secret (confirmation codes, session keys) is in the ledger's rows, hashed or
// sealed.
struct Session {
  TransactionId transaction_id;
  SessionState state = SessionState::kInitiated;
  UnixMs expires_ms = 0;
  std::string server_address;  // in the client's spelling, as signed
  Bytes server_challenge;
  Bytes euicc_ci_key_id;  // euiccCiPKIdToBeUsed
  std::shared_ptr<const trust::SmdpIdentity> identity;

  // From AuthenticateClient on:
  std::optional<SessionCard> card;
  std::string order_id;
  std::optional<Iccid> iccid;
  std::uint32_t attempt = 0;
  Bytes smdp_signature2;  // 64 octets
  Bytes metadata;         // BF25 as shown to the user
};

class SessionStore;

// Exclusive use of a session; given back (or dropped after close()) on destruction at the latest.
class SessionLease {
 public:
  SessionLease(SessionStore& store, TenantId tenant, std::unique_ptr<Session> session,
               std::int64_t claim)
      : store_(&store), tenant_(std::move(tenant)), session_(std::move(session)), claim_(claim) {}
  SessionLease(SessionLease&& other) noexcept = default;
  SessionLease& operator=(SessionLease&&) = delete;
  ~SessionLease();
  Session* operator->() { return session_.get(); }
  Session& operator*() { return *session_; }
  // The session ends with this request.
  void close() { closed_ = true; }
  void keep() { closed_ = false; }
  // The session goes on when the failure was ours: the device may repeat the same call.
  void settle(const Failure& failure) {
    if (std::holds_alternative<Error>(failure)) keep();
  }
  // Gives it back now; the session is out of reach after this. Called before an answer leaves that
  // the next request relies on. False: this request held it for too long and another one took it,
  // so nothing may be answered from it.
  Result<bool> give_back();

 private:
  SessionStore* store_;
  TenantId tenant_;
  std::unique_ptr<Session> session_;
  std::int64_t claim_;  // the store's own
  bool closed_ = false;
};

// Calls fail with what the ledger's database fails with; a store in memory never fails.
class SessionStore {
 public:
  virtual ~SessionStore() = default;
  // Room for one more, where the tenant may have `most`? To be asked before any costly work; a full
  // store gives up its oldest unauthenticated session here already. What the tenant's own limit
  // keeps out gives up only what nobody went on with for kBeginningMs: it refuses at the beginning,
  // never in mid-session.
  static constexpr UnixMs kBeginningMs = 30'000;
  virtual Result<bool> has_room(const TenantId& tenant, UnixMs now, std::uint64_t most) = 0;
  // False when the store is full of sessions that are past authentication.
  virtual Result<bool> insert(const TenantId& tenant, std::unique_ptr<Session> session,
                              UnixMs now) = 0;
  // Empty: unknown to this tenant, expired, or in use by another request right now.
  virtual Result<std::optional<SessionLease>> take(const TenantId& tenant, const TransactionId& id,
                                                   UnixMs now) = 0;
  // One tenant's; the host goes through its tenants, so each is swept once a round.
  virtual Result<void> drop_expired(const TenantId& tenant, UnixMs now) = 0;
  virtual Result<std::size_t> size(const TenantId& tenant) = 0;

 private:
  friend class SessionLease;
  // False: `claim` holds no longer.
  virtual Result<bool> give_back(const TenantId& tenant, std::unique_ptr<Session> session,
                                 std::int64_t claim, bool closed) = 0;
};

}  // namespace berth::smdpplus
