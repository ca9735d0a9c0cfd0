// One tenant's ledger: reads, and commits of whole units. The backend behind it (SQLite file or
// PostgreSQL rows) cannot be told from here.
//
// Thread-safe. commit() blocks until the batch the unit fell into is durable. Reads see every
// commit that was answered before they began. Reads fail with "ledger.unavailable" (try again) or
// "ledger.corrupt_row"; events, usage, audit, evidence, stored answers and due reports also with
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

// What the profiles have in the object store: packages, and their copies under protection keys. A
// copy counts as large as its package.
struct StoredObjects {
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
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
  // An Available profile of this type that no card has a claim to, the one after `skip` others of
  // them (so that concurrent orders need not meet), or none.
  virtual Result<std::optional<ProfileRecord>> available_profile(std::string_view type,
                                                                 std::size_t skip = 0) = 0;
  // Is any profile of this type in stock, in whatever state?
  virtual Result<bool> profile_type_in_use(std::string_view type) = 0;
  // Reads every profile: not for each request.
  virtual Result<StoredObjects> stored_objects() = 0;
  virtual Result<std::optional<ProfileTypeRecord>> profile_type(std::string_view name) = 0;
  // Ascending name, strictly after `after`, at most `max` (≤ 1000).
  virtual Result<std::vector<ProfileTypeRecord>> profile_types(std::string_view after,
                                                               std::size_t max) = 0;
  virtual Result<std::optional<OrderRecord>> order(const std::string& order_id) = 0;
  // Open or closed; a MatchingID is unique among open orders, the newest wins.
  virtual Result<std::optional<OrderRecord>> order_by_matching_id(const MatchingId& id) = 0;
  // The oldest open default_use order for this EID whose profile is Released or Downloaded; when
  // there is none, the oldest open one.
  virtual Result<std::optional<OrderRecord>> default_order_for(const Eid& eid) = 0;
  // Open orders whose last millisecond is before `now`, the earliest first, at most `max` (≤ 1000).
  virtual Result<std::vector<OrderRecord>> expired_orders(UnixMs now, std::size_t max) = 0;
  virtual Result<std::optional<AttemptRecord>> attempt(const TransactionId& id) = 0;
  // Ascending number, at most 1000.
  virtual Result<std::vector<AttemptRecord>> attempts_of(const std::string& order_id) = 0;
  // In this state (kAuthenticated or kDelivered) and started before `before`, the oldest first, at
  // most `max` (≤ 1000).
  virtual Result<std::vector<AttemptRecord>> overdue_attempts(AttemptState state, UnixMs before,
                                                              std::size_t max) = 0;
  virtual Result<std::optional<BindingRecord>> binding(const Iccid& iccid) = 0;
  // Of every order of this profile the attempts in which a package left, the latest first; at most
  // `max` (≤ 1000).
  virtual Result<std::vector<AttemptRecord>> deliveries_of(const Iccid& iccid, std::size_t max) = 0;
  // What this card signed of installing and deleting the profile, the highest number first; at most
  // `max` (≤ 1000).
  virtual Result<std::vector<EvidenceRecord>> evidence_of(const Eid& eid, const Iccid& iccid,
                                                          std::size_t max) = 0;
  // `digest`: of the signed part; the same number over another one is another fact.
  virtual Result<bool> has_evidence(const Eid& eid, std::uint64_t sequence_number,
                                    const Sha256& digest) = 0;
  // The oldest first, at most `max` (≤ 1000).
  virtual Result<std::vector<PendingNotificationRecord>> pending_notifications(std::size_t max) = 0;
  virtual Result<std::int64_t> pending_notification_count() = 0;
  // Of every ICCID its first pending report, if that one is due; the oldest first, at most `max`
  // (≤ 1000).
  virtual Result<std::vector<ProgressReportRecord>> due_progress_reports(UnixMs now,
                                                                         std::size_t max) = 0;
  // In this state, oldest first, at most `max` (≤ 1000).
  virtual Result<std::vector<ProgressReportRecord>> progress_reports(ReportState state,
                                                                     std::size_t max) = 0;
  virtual Result<std::optional<ProgressReportRecord>> progress_report(
      const std::string& report_id) = 0;
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
