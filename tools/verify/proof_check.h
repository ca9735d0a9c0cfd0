// Rechecks a proof of the routes offline: the routes document, the proof and the host's public key
// are all it needs. docs/reference/route-proof.md
//
// Pure. Failures name the line of the proof; reasons in docs/reference/reasons/verify.md.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/base/result.h"

namespace berth::verify {

inline constexpr std::size_t kMaxProofBytes = std::size_t{1} << 30;

struct Verified {
  std::int64_t version = 0;
  std::size_t cells = 0;  // lines that decide something
  std::size_t tenants = 0;
  std::string routes_sha256;
};

// "verify.proof": not in the form of a proof, or incomplete; "verify.routes_differ": it was made of
// another document; "verify.cell": it decides something otherwise than the document says; those of
// read_routes and check_signature.
Result<Verified> check_proof(std::string_view routes_json, std::string_view proof,
                             std::string_view public_key_pem);

}  // namespace berth::verify
