// The four functions an operator calls over ES2+ (SGP.22 §5.3), each one ledger commit guarded by
// the order and profile it was decided on, with event, usage fact and audit record.
//
// The tenant was found by the caller's certificate and functionRequesterIdentifier; every requester
// of a tenant may use all its profiles, so 8.2.1/1.2 and 8.2.5/1.2 do not occur, and what belongs
// to another tenant is the same miss as what does not exist.
//
// Answers are JSON as it is sent. The same functionCallIdentifier of the same requester gets the
// same octets again, a refusal too; with another body it is 1.6/3.3 (the function is in use under
// that identifier; the standard has no pair for it). Not kept, since waiting may cure them: Errors,
// 8.2.5/3.7 (out of stock) and 8.9/* (SM-DS). Thread-safe.

#pragma once

#include <string>

#include "kernel/context/tenant_context.h"
#include "kernel/rsp/sgp22/es2_messages.h"
#include "kernel/smdpplus/failure.h"

namespace berth::smdpplus {

// Reserves a profile. The order ends after the tenant's orderLifetimeMs when it is not confirmed.
// 8.2.1/3.9, /3.3, 8.2.5/3.8, /3.9, /3.7; 8.1.1/3.10 for an EID this tenant does not serve.
Result<std::string, Failure> download_order(context::TenantContext& tenant,
                                            const rsp::sgp22::DownloadOrder& request);

// Gives the order its MatchingID (or default SM-DP+ use), confirmation code and EID; its lifetime
// begins anew. 8.2.1/3.9; /3.5 when the profile is not Allocated or Linked, or the order has
// expired; 8.1.1/2.2, /3.10; 8.2.6/2.1 for a MatchingID that no activation code can carry ('$',
// white space, control characters, over 255; any other alphabet is taken), 8.2.6/3.3 when an open
// order has it; 8.9/5.1 for any smdsAddress, as this release registers with no SM-DS.
Result<std::string, Failure> confirm_order(context::TenantContext& tenant,
                                           const rsp::sgp22::ConfirmOrder& request);

// Ends the order. 8.2.1/3.9; /3.5 when there is nothing to cancel; /3.3 once a package was sent, or
// for Available of a profile whose package is unaccounted for; 8.1.1/3.10 and 8.2.6/3.10 when EID
// or MatchingID are not exactly the order's.
Result<std::string, Failure> cancel_order(context::TenantContext& tenant,
                                          const rsp::sgp22::CancelOrder& request);

// The network side is ready. 8.2.1/3.9; /3.5 unless Confirmed and unexpired.
Result<std::string, Failure> release_profile(context::TenantContext& tenant,
                                             const rsp::sgp22::ReleaseProfile& request);

}  // namespace berth::smdpplus
