// What the plugin itself does with elliptic curves: names, points, the key derivation function.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "berth/sdk/views.h"
#include "secret.h"

namespace pkcs11 {

inline constexpr std::size_t kPointOctets = 65;  // 04 || x || y
inline constexpr std::size_t kSharedOctets = 32;

// CKA_EC_PARAMS of a BERTH_CURVE_*; empty for one this plugin does not speak.
berth::sdk::ByteView params_of(std::uint32_t curve);
// BERTH_CURVE_* of a CKA_EC_PARAMS; 0: none of ours.
std::uint32_t curve_of(berth::sdk::ByteView params);

// The SEC1 point in a CKA_EC_POINT: in an OCTET STRING as the standard asks, or bare as some
// modules give it. Empty: neither.
std::vector<std::uint8_t> point_of(berth::sdk::ByteView ec_point);

// Throws INVALID_ARGUMENT "hsm.point_not_on_curve" unless `point` is uncompressed and on the curve.
// Both curves have cofactor 1, so such a point is in the group.
void check_point(std::uint32_t curve, berth::sdk::ByteView point);

// X9.63 with SHA-256 (BSI TR-03111 4.3.3).
void x963(const SecretOctets& shared, berth::sdk::ByteView info, std::span<std::uint8_t> out);

}  // namespace pkcs11
