// What the two curves are called, in certificates and in OpenSSL. Internal to this room and to the
// test PKI.

#pragma once

#include <optional>
#include <string_view>

#include "kernel/base/curve.h"

namespace berth::rsp::pki {

inline constexpr std::size_t kScalarOctets = 32;
inline constexpr std::size_t kPointOctets = 1 + 2 * kScalarOctets;  // 04 X Y
inline constexpr std::size_t kRawSignatureOctets = 2 * kScalarOctets;

// "1.2.840.10045.3.1.7"
std::string_view curve_oid(Curve curve);
// Empty for every other named curve.
std::optional<Curve> curve_from_oid(std::string_view oid);
// The group's name in OpenSSL, NUL-terminated: "prime256v1".
const char* openssl_group_name(Curve curve);

}  // namespace berth::rsp::pki
