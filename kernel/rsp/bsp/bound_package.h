// Builds a BoundProfilePackage (SGP.22 §2.5.4, §5.5): the server's half only. The reading half is
// the card's and lives with it, so that a shared mistake cannot hide.
//
// Pure and deterministic: the same keys, metadata and package give the same octets, which is what
// a retry with the same one-time key needs (SGP.22 §3.1.3).

#pragma once

#include "kernel/base/bytes.h"
#include "kernel/base/identifiers.h"
#include "kernel/base/result.h"
#include "kernel/rsp/bsp/protector.h"
#include "kernel/rsp/bsp/session_keys.h"

namespace berth::rsp::bsp {

inline constexpr std::size_t kMaxConfigureIsdpSize = 128;        // tag and length included
inline constexpr std::size_t kMaxMetadataSize = 8 * 1024;        // an icon alone may be 1024
inline constexpr std::size_t kMaxPackageSize = 4 * 1024 * 1024;  // beyond any card's memory

// controlRefTemplate A6 for AES-128 and this hostId; "bsp.host_id" unless it is 1..16 octets.
Result<Bytes> control_ref_template(ByteView host_id);

// The octets smdpSign covers: remoteOpId ‖ transactionId ‖ A6 ‖ 5F49 otPK.DP ‖ 5F49 otPK.EUICC.
Bytes secure_channel_to_sign(const TransactionId& transaction, ByteView control_ref_template,
                             ByteView dp_otpk, ByteView euicc_otpk);

// InitialiseSecureChannelRequest BF23; smdp_sign is 64 octets r‖s.
Bytes initialise_secure_channel(const TransactionId& transaction, ByteView control_ref_template,
                                ByteView dp_otpk, ByteView smdp_sign);

// The protected parts, without BF23: A0 ‖ A1 ‖ A3, one MAC chain through all of them.
// configure_isdp is a whole BF24, metadata a whole BF25 (several segments when it is long), upp the
// unprotected package. kInvalidArgument "bsp.configure_isdp", "bsp.metadata" or "bsp.package" when
// one of them breaks its limit; kInternal "bsp.crypto" when the crypto library fails.
Result<Bytes> protect_package(const SessionKeys& keys, ByteView configure_isdp, ByteView metadata,
                              ByteView upp);

// ---- random protection keys (SGP.22 §2.5.3, §5.5.4): the package is encrypted once for all cards

// Protection keys are 48 octets in the order of SessionKeys' key data: initial MCV, PPK-ENC,
// PPK-MAC. They never serve two different packages.

// '86' segments of `upp` under the protection keys, block numbers from 1; "bsp.package" as above.
Result<Bytes> protect_elements(const SessionKeys& protection_keys, ByteView upp);
// A0 ‖ A1 ‖ A2 (ReplaceSessionKeys BF26 under the session keys) ‖ A3 around `segments`, which
// protect_elements() made; "bsp.segments" when they have not that shape. Else as above.
Result<Bytes> protect_package(const SessionKeys& keys, ByteView configure_isdp, ByteView metadata,
                              const SessionKeys& protection_keys, ByteView segments);

// BF36 around BF23 and the protected parts.
Bytes bound_package(ByteView initialise_secure_channel, ByteView protected_parts);

}  // namespace berth::rsp::bsp
