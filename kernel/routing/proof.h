// The whole decision table, cell by cell, as the routes in force decide it: what `tools/verify`
// rechecks without this code. The format is docs/reference/route-proof.md.
//
// Every stage looks at one fact and at the tenant the stage before agreed on, so the table is a
// list for each stage: every interval of EIDs, of operators' numbers and of ICCIDs, from the least
// to the greatest, with all tenants that the stage lets pass. What no line names is refused. Each
// line is asked of the table itself, at both ends of its interval.

#pragma once

#include <string>

#include "kernel/base/clock.h"
#include "kernel/routing/decision.h"

namespace berth::routing {

inline constexpr std::size_t kMaxProofLines = 4'000'000;

struct ProofHead {
  std::int64_t version = 0;
  std::string routes_sha256;
  UnixMs at_ms = 0;
};

// JSON lines, each with its line feed; the signature is a line of its own that follows them.
// kResourceExhausted "routes.proof_too_large"; kInternal "routes.proof_differs": the table decides
// two ends of one interval in two ways, which is a defect of this program.
Result<std::string> write_proof(const tenancy::RouteTable& table, const Policies& policies,
                                const ProofHead& head);
// {"signature":"…","key":"…"}, over everything before it.
std::string signature_line(const std::string& value_hex, const std::string& key_sha256);

}  // namespace berth::routing
