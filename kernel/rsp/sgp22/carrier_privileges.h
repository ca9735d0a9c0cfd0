// refArDo BF76 in the metadata: which Android applications, by the hash of their signing
// certificate, may act as the carrier's (GlobalPlatform SEAC REF-AR-DO). Pure.

#pragma once

#include "kernel/base/bytes.h"
#include "kernel/base/result.h"

namespace berth::rsp::sgp22 {

inline constexpr std::size_t kMaxPackageName = 127;  // octets

// One BF76 of one or more E2{E1{C1 hash of 20 or 32 octets, CA package name}, E3{DB 8 octets}} and
// nothing else; "metadata.carrier_privileges" otherwise. The package name may be left out.
Result<void> check_carrier_privileges(ByteView bf76);

}  // namespace berth::rsp::sgp22
