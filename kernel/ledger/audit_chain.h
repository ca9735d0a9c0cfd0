// The audit chain's arithmetic: pure functions, frozen. docs/reference/ledger-format.md gives the
// octets one by one; a verifier outside can follow that page alone.

#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/digest.h"
#include "kernel/ledger/records.h"

namespace berth::ledger {

inline constexpr std::int64_t kAuditFormat = 1;
inline constexpr std::size_t kSaltSize = 32;        // octets
inline constexpr std::size_t kSubjectRefSize = 16;  // octets, written as 32 hexadecimal digits

// What stands before the first record: it names the chain, so no chain can pose as another's.
Sha256 genesis_hash(std::string_view chain);
// C: says nothing about the payload once the salt is gone.
Sha256 commitment_of(ByteView salt, std::string_view payload);
// Over `previous` and every field of the record but `hash`, `payload` and `salt`.
Sha256 record_hash(ByteView previous, std::int64_t format, const AuditRecord& record);

}  // namespace berth::ledger
