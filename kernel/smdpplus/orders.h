// The operator's side of the SM-DP+: stock and orders of one tenant.
//
// Thread-safe. Every state change is one ledger commit with event, usage fact and audit record.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernel/context/tenant_context.h"
#include "kernel/saip/package.h"
#include "kernel/smdpplus/failure.h"

namespace berth::smdpplus {

struct ProfileImport {
  Bytes package;             // unprotected SAIP package
  std::string profile_type;  // the operator's own name for it, 1..64 characters
  // When the type is defined (profile_types.h): empty, or what it says.
  std::string service_provider_name;
  std::string profile_name;
  std::optional<tenancy::OperatorIdentity> owner;  // checked against the tenant's operators
};

struct ImportedProfile {
  Iccid iccid;
  std::string saip_version;
  std::vector<saip::Element> elements;
};

// Validates, seals and stores the package, and its protected form where the tenant wants random
// protection keys, then enters the profile as Available. A second import of the same ICCID is
// refused (kAlreadyExists "profile.exists").
Result<ImportedProfile, Failure> import_profile(context::TenantContext& tenant,
                                                const std::string& request_id,
                                                const ProfileImport& import);

// Rows as only a test host wants them: as if time had passed or a card had tried. Always audited.
struct OrderPreset {
  bool expired = false;                // its last millisecond has passed
  bool attempts_used_up = false;       // of downloads
  bool code_attempts_used_up = false;  // of the confirmation code
};

struct OrderRequest {
  std::string requester;       // who asks, for idempotency and audit
  std::string identifier;      // the requester's own id of this call; same id, same answer
  std::optional<Iccid> iccid;  // one of iccid and profile_type is needed; both must agree
  std::string profile_type;
  std::optional<Eid> eid;
  std::optional<MatchingId> matching_id;  // none: generated
  std::string confirmation_code;          // empty: none; only its SHA-256 is kept
  std::string correlation_id;             // empty: the identifier
  bool default_use = false;               // no MatchingID: the card of `eid` asks by its EID alone
  bool release = true;                    // else Confirmed, until release_order()
  std::optional<std::uint64_t> lifetime_ms = {};  // instead of the tenant's; 1 s .. 1 year
  std::optional<UnixMs> expires_ms = {};          // instead of a lifetime; within a year from now
  std::optional<OrderPreset> preset = {};
};

// What the card will send: a MatchingID, or nothing in default SM-DP+ use.
class OrderCode {
 public:
  OrderCode() = default;                                 // default SM-DP+ use
  OrderCode(const MatchingId& id) : text_(id.text()) {}  // NOLINT: implicit
  const std::string& text() const { return text_; }
  bool operator==(const OrderCode&) const = default;

 private:
  std::string text_;
};

struct OrderAnswer {
  std::string order_id;
  Iccid iccid;
  OrderCode matching_id;
  std::string activation_code;  // without "LPA:"
  UnixMs expires_ms = 0;
  std::string state = "Released";  // of the profile: or "Confirmed"
};

// Reserves, confirms and, unless told otherwise, releases in one commit. Repeating (requester,
// identifier) with the same body returns the stored answer; with another body it is kAlreadyExists
// "order.identifier_reused".
Result<OrderAnswer, Failure> create_order(context::TenantContext& tenant,
                                          const std::string& request_id,
                                          const OrderRequest& request);

// The answer create_order() gave to this identifier, if any; for who wants to know before
// repeating.
Result<std::optional<OrderAnswer>, Failure> find_order(context::TenantContext& tenant,
                                                       const std::string& requester,
                                                       const std::string& identifier);

// ---- later steps of an order by the operator's own command ----

struct OrderCall {
  std::string requester;
  std::string identifier;  // as OrderRequest's
  std::string key;         // order id or ICCID
};
struct OrderState {
  std::string order_id;
  Iccid iccid;
  std::string state;  // of the profile, after the call
};
// All three: kNotFound "order.unknown", kFailedPrecondition "order.superseded", and the standard's
// refusals of the same ES2+ function (es2_orders.h).
Result<OrderState, Failure> cancel_order(context::TenantContext& tenant, const OrderCall& call,
                                         bool to_available);
Result<OrderState, Failure> release_order(context::TenantContext& tenant, const OrderCall& call);

// A new order for a profile in Error, released at once, with a fresh lifetime and fresh attempts.
struct ReorderRequest {
  OrderCall call;
  std::optional<MatchingId> matching_id = {};  // none: generated
  bool default_use = false;
  std::optional<Eid> eid = {};    // none: that of the order before
  std::string confirmation_code;  // empty: none, or the one before
  bool keep_confirmation_code = false;
  std::string correlation_id;  // empty: that of the order before
};
// Also 8.2.1/3.5 unless the profile is in Error; 8.2.1/3.3 for another EID than the one a package
// that is unaccounted for was sent to; 8.1.1/2.2, 8.1.1/3.10, 8.2.6/3.3.
Result<OrderAnswer, Failure> reorder(context::TenantContext& tenant, const ReorderRequest& request);

// The tenant's policy rearmAfterErrorMax: after the commit that put a profile into Error by a
// signed permanent failure, arms it again for the same card, under the same MatchingID and
// confirmation code, as requester "policy". A commit of its own, with event "downloadReordered";
// to be called with no ledger transaction open, and safe to call again (after a crash, by a sweep):
// it does nothing when the profile is no longer in Error under that order, is quarantined, or has
// been armed as often as the policy allows since a person last ordered it.
struct Rearm {
  std::string order_id;      // the new one
  std::uint32_t number = 0;  // 1, 2, … since a person's order
};
Result<std::optional<Rearm>, Failure> rearm_after_error(context::TenantContext& tenant,
                                                        const std::string& failed_order_id);

}  // namespace berth::smdpplus
