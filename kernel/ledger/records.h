// The rows a tenant's ledger keeps, as values. Times are UnixMs of the ledger's own clock. On
// insert a created, started or received time of 0 becomes the commit's; changed_ms always does.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernel/base/bytes.h"
#include "kernel/base/clock.h"
#include "kernel/base/digest.h"
#include "kernel/base/identifiers.h"
#include "kernel/lifecycle/profile.h"

namespace berth::ledger {

// Where a package lies in the tenant's object store (sealed).
struct PackageReference {
  std::string object_name;
  std::uint64_t size_bytes = 0;  // unprotected
  Sha256 sha256{};               // of the unprotected package
};

// The same package under random protection keys (SGP.22 §2.5.3): encrypted once, re-used for any
// card.
struct ProtectedPackage {
  std::string object_name;  // the '86' segments; empty: none, session keys protect each binding
  Sha256 sha256{};          // of the segments
  Bytes sealed_keys;        // PPK-ENC, PPK-MAC and initial MCV, sealed by the vault
};

struct ProfileRecord {
  Iccid iccid;
  lifecycle::ProfileState state = lifecycle::ProfileState::kAvailable;
  std::int64_t revision = 1;  // rises with every change; guards
  std::string profile_type;   // never changes
  // Once linked or bound. In Available: deleted from this card, which alone may have it again.
  std::optional<Eid> eid;
  PackageReference package;
  ProtectedPackage protected_package;
  std::string saip_version;  // "2.3"; empty: not known (imported by an earlier program)
  std::string services;      // mandatory services, separated by a space: "usim isim ber-tlv"
  std::string service_provider_name;
  std::string profile_name;
  std::optional<MccMnc> owner_mcc_mnc;
  std::string owner_gid1_hex;
  std::string owner_gid2_hex;
  std::string order_id;  // the open or last order; empty: none yet
  // A delivered package is unaccounted for: the ICCID serves `eid` or nobody (R106).
  bool quarantined = false;
  std::uint32_t installations = 0;  // signed successes so far, for the reuse policy
  UnixMs created_ms = 0;
  UnixMs changed_ms = 0;
};

struct OrderRecord {
  std::string order_id;  // UUID
  Iccid iccid;
  std::int64_t revision = 1;
  bool open = true;
  std::optional<MatchingId> matching_id;
  // Confirmed without a MatchingID: the card asks for it by its EID alone (default SM-DP+ use).
  bool default_use = false;
  std::optional<Eid> eid;
  // Its profile was quarantined when the order was made: packages of earlier orders are out, too.
  bool inherits_quarantine = false;
  std::string requester;     // functionRequesterIdentifier, "operator" or "policy"
  std::string smds_address;  // where its event is to be registered; empty: nowhere
  std::string correlation_id;
  UnixMs expires_ms = 0;  // the last millisecond it may be used; 0: no end
  std::uint32_t attempts_used = 0;
  std::uint32_t attempts_max = 0;
  std::optional<Sha256> confirmation_code_sha256;  // inner hash only
  std::uint32_t code_attempts_used = 0;
  std::uint32_t code_attempts_max = 0;
  UnixMs created_ms = 0;
};

// One download attempt from AuthenticateClient on: enough to verify a late install result. Each has
// exactly one final event.
enum class AttemptState : std::uint8_t {
  kDelivered = 1,  // the package left, its result is awaited
  kInstalled,
  kFailed,         // by the card's signature
  kCancelled,      // by the device, after the package had left
  kUnknown,        // the result did not come in time; it may still
  kAuthenticated,  // begun; no package yet
  kAbandoned,      // ended before a package left
};
struct AttemptRecord {
  TransactionId transaction_id;
  std::string order_id;
  Iccid iccid;
  Eid eid;
  std::uint32_t number = 1;  // 1, 2, … within the order
  AttemptState state = AttemptState::kDelivered;
  std::int64_t revision = 1;
  Bytes euicc_certificate;  // DER
  std::string smdp_oid;
  UnixMs started_ms = 0;
  UnixMs ended_ms = 0;         // 0: not ended
  std::string final_event_id;  // what a reconciliation supersedes; empty: not ended
};

// Retry material of a bound package. The session keys are sealed by the vault; the protected
// segments follow from them, the frozen metadata and the package, octet for octet.
struct BindingRecord {
  Iccid iccid;
  std::string order_id;
  Eid eid;
  std::int64_t revision = 1;
  Bytes euicc_otpk;  // 65 octets
  Bytes dp_otpk;     // 65 octets
  Bytes control_ref_template;
  Bytes sealed_session_keys;
  Bytes metadata;  // BF25 as first bound
  std::string ci_key_id_hex;
  UnixMs created_ms = 0;
};

// A card's verified notification, kept as evidence for the SM-SR; unique per (EID, number,
// digest of what was signed): a card that was reset counts from 1 again, and what it signs then is
// another fact; octets around the signed part make no new one.
struct EvidenceRecord {
  Eid eid;
  std::uint64_t sequence_number = 0;
  Sha256 digest{};        // of the signed part alone: BF27 or BF2F
  std::string operation;  // "install", "enable", "disable", "delete"
  std::optional<Iccid> iccid;
  Bytes notification;  // DER as received
  UnixMs received_ms = 0;
};

// What the profiles of one kind have in common, as the operator defined it.
struct ProfileTypeRecord {
  std::string name;  // 1..64 octets
  std::int64_t revision = 1;
  std::string document;  // canonical JSON; kernel/smdpplus knows its members
  UnixMs changed_ms = 0;
};

// A notification taken in a storm: durable and acknowledged, not yet verified.
struct PendingNotificationRecord {
  Sha256 digest{};  // of the octets; the same ones twice are one row
  Bytes notification;
  UnixMs received_ms = 0;
};

// One HandleDownloadProgressInfo on its way to the operator. Ordered per ICCID by
// (commit_sequence, position).
enum class ReportState : std::uint8_t {
  kPending = 1,
  kDelivered,
  kRefused,  // taken with a Failed header; not sent again
  kDead,     // given up; waits for a person
};
struct ProgressReportRecord {
  std::string report_id;             // UUID: the functionCallIdentifier, kept on retries
  std::int64_t commit_sequence = 0;  // audit number of the commit it came with; set by the ledger
  std::uint32_t position = 0;        // within that commit
  std::int64_t revision = 1;
  Iccid iccid;
  std::uint32_t point = 0;  // notificationPointId
  std::string body;         // JSON octets exactly as they will be sent
  ReportState state = ReportState::kPending;
  std::uint32_t tries = 0;
  UnixMs next_ms = 0;  // not before
  UnixMs created_ms = 0;
  std::string problem;  // of the last try; empty: none
};

struct DataKeyRecord {
  std::uint32_t key_id = 0;
  Bytes wrapped;
  UnixMs created_ms = 0;
  Bytes next_wrapped = {};  // by the wrapping key that comes next; empty: none
  std::int64_t revision = 1;
};

// A card's or operator's name in the history; the one place that can be erased.
enum class SubjectKind : std::uint8_t { kProfile = 1, kCode, kEuicc, kTenant, kHost };
struct Subject {
  SubjectKind kind;
  std::string identity;  // ICCID, digest of a MatchingID, EID, tenant id
};

// ---- what one commit leaves behind ----

struct EventRecord {
  std::int64_t sequence = 0;     // gap-free per (tenant, incarnation)
  std::int64_t incarnation = 1;  // rises with restore or import
  std::string event_id;          // UUID; receivers dedupe on it
  std::string type;              // "profileDownloadResult"
  std::string body;              // JSON octets exactly as they will be sent
  UnixMs committed_ms = 0;
};

struct UsageRecord {
  std::int64_t sequence = 0;  // of the event it came with
  std::string kind;           // "profile.downloaded"
  std::int64_t quantity_milli = 0;
  std::string subject;          // order id; opaque
  std::string attributes_json;  // {} when none
  UnixMs occurred_ms = 0;
};

struct AuditRecord {
  std::int64_t sequence = 0;  // the audit chain's own, gap-free
  std::int64_t incarnation = 1;
  UnixMs time_ms = 0;
  std::string type;         // "order.created", "download.refused"
  std::string subject_ref;  // random; see Subject
  std::string commit_id;
  Bytes commitment;                    // HMAC-SHA-256(salt, payload)
  Bytes hash;                          // of this record and the one before
  std::optional<std::string> payload;  // JSON; gone once purged
  std::optional<Bytes> salt;
};

}  // namespace berth::ledger
