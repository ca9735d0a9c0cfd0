// One tenant's ledger: reads, and commits of whole units. The backend behind it (SQLite file or
// PostgreSQL rows) cannot be told from here.
//
// Thread-safe. commit() blocks until the batch the unit fell into is durable. Reads see every
// commit that was answered before they began. Reads fail with "ledger.unavailable" (try again) or
// "ledger.corrupt_row"; events, usage, audit, evidence and stored answers also with
// "ledger.in_doubt" while a batch's outcome is Unknown, since what they would show may yet vanish.
//
// The destructor commits what is queued. Nobody may be inside a call by then.

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "kernel/ledger/unit.h"

namespace berth::ledger {

struct TenantHead {
  std::int64_t last_event_sequence = 0;
  std::int64_t last_audit_sequence = 0;
  Bytes last_audit_hash;
  std::int64_t epoch = 1;
  std::int64_t incarnation = 1;
};

struct ChainVerdict {
  bool intact = true;
  std::int64_t records = 0;
  std::int64_t purged = 0;
  std::int64_t first_bad_sequence = 0;  // 0: none
  std::string reason;
};

class TenantLedger {
 public:
  virtual ~TenantLedger() = default;
  virtual const TenantId& tenant() const = 0;

  // All of it or nothing.
  virtual Outcome commit(Unit unit) = 0;
  // Waits for everything before it, then looks the commit up: Committed, Refused (it did not
  // happen) or still Unknown.
  virtual Outcome resolve(const std::string& commit_id) = 0;

  virtual Result<std::optional<ProfileRecord>> profile(const Iccid& iccid) = 0;
  // Ascending ICCID, strictly after `after` (empty: from the start), at most `max` (≤ 1000).
  virtual Result<std::vector<ProfileRecord>> profiles(std::string_view after, std::size_t max) = 0;
  // Any Available profile of this type, or none.
  virtual Result<std::optional<ProfileRecord>> available_profile(std::string_view type) = 0;
  virtual Result<std::optional<OrderRecord>> order(const std::string& order_id) = 0;
  // Open or closed; a MatchingID is unique among open orders, the newest wins.
  virtual Result<std::optional<OrderRecord>> order_by_matching_id(const MatchingId& id) = 0;
  // The oldest open order for this EID without a MatchingID.
  virtual Result<std::optional<OrderRecord>> default_order_for(const Eid& eid) = 0;
  virtual Result<std::optional<AttemptRecord>> attempt(const TransactionId& id) = 0;
  virtual Result<std::optional<BindingRecord>> binding(const Iccid& iccid) = 0;
  // `digest`: of the signed part; the same number over another one is another fact.
  virtual Result<bool> has_evidence(const Eid& eid, std::uint64_t sequence_number,
                                    const Sha256& digest) = 0;
  virtual Result<std::vector<DataKeyRecord>> data_keys() = 0;
  virtual Result<std::optional<StoredAnswer>> stored_answer(const IdempotencyKey& key) = 0;

  virtual Result<TenantHead> head() = 0;
  // Ascending, strictly after `after`, at most `max` (≤ 1000).
  virtual Result<std::vector<EventRecord>> events(std::int64_t after, std::size_t max) = 0;
  virtual Result<std::vector<UsageRecord>> usage(std::int64_t after, std::size_t max) = 0;
  virtual Result<std::vector<AuditRecord>> audit(std::int64_t after, std::size_t max) = 0;
  // Every audit record about one of these subjects, ascending; at most 1000.
  virtual Result<std::vector<AuditRecord>> history(std::span<const Subject> subjects) = 0;
  // Recomputes the whole chain in bounded steps.
  virtual Result<ChainVerdict> verify_audit() = 0;
  // Destroys payload and salt of the audit records of `up_to_ms` and before, oldest first, up to
  // the first younger record; how many it were. Appends "audit.purged" when there are any. The
  // chain still verifies. Answers "ledger.in_doubt" or "ledger.unavailable" when it may be called
  // again to finish.
  virtual Result<std::int64_t> purge_audit_payload(UnixMs up_to_ms) = 0;
};

}  // namespace berth::ledger
