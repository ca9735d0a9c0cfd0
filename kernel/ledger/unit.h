// One unit of change: everything that must become true together, and what it says about itself.
//
// "One commit tells the whole story": new state guarded by the state it came from, the tenant's
// event, the usage fact, the audit record. Build it, hand it to TenantLedger::commit.

#pragma once

#include <string>
#include <variant>
#include <vector>

#include "kernel/ledger/records.h"

namespace berth::ledger {

struct InsertProfile {
  ProfileRecord profile;
};
// Writes `next` (whose revision must be from_revision + 1) if the row is at from_revision.
struct UpdateProfile {
  ProfileRecord next;
  std::int64_t from_revision = 0;
};
struct InsertOrder {
  OrderRecord order;
};
struct UpdateOrder {
  OrderRecord next;
  std::int64_t from_revision = 0;
  // Also refuse (kExpired) when the ledger's time is past expires_ms.
  bool must_be_unexpired = false;
  // `open`, `matching_id` and `expires_ms` are what they were, or it is refused (kGuard): the
  // indexes over them need no work then.
  bool in_place = false;
};
struct InsertAttempt {
  AttemptRecord attempt;
};
struct UpdateAttempt {
  AttemptRecord next;
  std::int64_t from_revision = 0;
};
// Inserts (from_revision 0) or replaces the binding of (iccid).
struct PutBinding {
  BindingRecord binding;
  std::int64_t from_revision = 0;
};
struct DropBinding {
  Iccid iccid;
};
struct InsertEvidence {
  EvidenceRecord evidence;
};
struct InsertDataKey {
  DataKeyRecord key;
};
// Replaces both wrappings.
struct UpdateDataKey {
  DataKeyRecord next;
  std::int64_t from_revision = 0;
};
// Inserts (from_revision 0) or replaces.
struct PutProfileType {
  ProfileTypeRecord type;
  std::int64_t from_revision = 0;
};
struct InsertPendingNotification {
  PendingNotificationRecord notification;
};
// kGuard when it is gone: somebody else has dealt with it.
struct DropPendingNotification {
  Sha256 digest{};
};
struct InsertProgressReport {
  ProgressReportRecord report;
};
struct UpdateProgressReport {
  ProgressReportRecord next;
  std::int64_t from_revision = 0;
};

using Change = std::variant<InsertProfile, UpdateProfile, InsertOrder, UpdateOrder, InsertAttempt,
                            UpdateAttempt, PutBinding, DropBinding, InsertEvidence, InsertDataKey,
                            UpdateDataKey, PutProfileType, InsertPendingNotification,
                            DropPendingNotification, InsertProgressReport, UpdateProgressReport>;

// A JSON object without "sequence" and "incarnation": the ledger closes it with them inside the
// commit, so the stored octets are final and are never serialised again.
struct EventDraft {
  std::string event_id;  // UUID
  std::string type;
  std::string body_open;  // "{…}"; must end in '}' and hold at least one member
};

struct UsageDraft {
  std::string kind;
  std::int64_t quantity_milli = 1000;
  std::string subject;
  std::string attributes_json = "{}";
};

struct AuditDraft {
  std::string type;
  Subject subject;
  std::string payload_json;  // details for people; may hold personal data, can be purged
};

// At most once per (tenant, requester, function, identifier).
struct IdempotencyKey {
  std::string requester;
  std::string function;
  std::string identifier;
};
struct StoredAnswer {
  IdempotencyKey key;
  Sha256 body_sha256{};  // of the canonical request
  Bytes sealed_answer;   // opaque here
};

struct Unit {
  std::string commit_id;  // 32 hexadecimal digits, fresh per intent, kept when it is retried
  std::vector<Change> changes;
  std::optional<EventDraft> event;
  std::optional<UsageDraft> usage;  // only together with an event
  AuditDraft audit;
  std::optional<StoredAnswer> answer;
};

// ---- outcomes ----

struct Committed {
  std::int64_t incarnation = 0;
  std::optional<std::int64_t> event_sequence;
  std::int64_t audit_sequence = 0;
  UnixMs time_ms = 0;  // the ledger's
};

enum class RefusalReason : std::uint8_t {
  kGuard = 1,    // the state moved on since it was read: read again
  kDuplicate,    // a row with that key exists
  kExpired,      // by ledger time
  kAnswered,     // the idempotency key already has its answer
  kOverloaded,   // the queue is full; nothing was tried, come back later
  kUnavailable,  // the ledger could not be written (disk full, read-only); nothing happened
};
struct Refused {
  RefusalReason reason;
  std::size_t change = 0;  // index into changes; size() when it was the answer
};

// The ledger cannot tell: connection lost or disk failed during COMMIT. Nothing may leave until
// resolve() says which it was.
struct Unknown {
  std::string why;
};

using Outcome = std::variant<Committed, Refused, Unknown>;

std::string_view to_string(RefusalReason reason);

}  // namespace berth::ledger
