// The operator's side of the SM-DP+: stock and orders of one tenant.
//
// Thread-safe. Every state change is one ledger commit with event, usage fact and audit record.

#pragma once

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
  std::string service_provider_name;
  std::string profile_name;
  std::optional<tenancy::OperatorIdentity> owner;  // checked against the tenant's operators
};

struct ImportedProfile {
  Iccid iccid;
  std::string saip_version;
  std::vector<saip::Element> elements;
};

// Validates, seals and stores the package, then enters the profile as Available. A second import
// of the same ICCID is refused (kAlreadyExists "profile.exists").
Result<ImportedProfile, Failure> import_profile(context::TenantContext& tenant,
                                                const std::string& request_id,
                                                const ProfileImport& import);

struct OrderRequest {
  std::string requester;       // who asks, for idempotency and audit
  std::string identifier;      // the requester's own id of this call; same id, same answer
  std::optional<Iccid> iccid;  // one of iccid and profile_type is needed; both must agree
  std::string profile_type;
  std::optional<Eid> eid;
  std::optional<MatchingId> matching_id;  // none: generated
  std::string confirmation_code;          // empty: none; only its SHA-256 is kept
  std::string correlation_id;             // empty: the identifier
};

struct OrderAnswer {
  std::string order_id;
  Iccid iccid;
  MatchingId matching_id;
  std::string activation_code;  // without "LPA:"
  UnixMs expires_ms = 0;
};

// Reserves, confirms and releases in one commit. Repeating (requester, identifier) with the same
// body returns the stored answer; with another body it is kAlreadyExists "order.identifier_reused".
Result<OrderAnswer, Failure> create_order(context::TenantContext& tenant,
                                          const std::string& request_id,
                                          const OrderRequest& request);

}  // namespace berth::smdpplus
