// AES-256-GCM with 96-bit nonces. Thread-safe; keeps nothing.

#pragma once

#include <array>
#include <cstdint>

#include "kernel/base/bytes.h"

namespace berth::vault {

constexpr std::size_t kGcmTagSize = 16;
using GcmKey = std::array<std::uint8_t, 32>;
using GcmNonce = std::array<std::uint8_t, 12>;

// Writes plain.size() + kGcmTagSize octets to `sealed`: ciphertext, then tag. A nonce must never
// meet the same key twice. plain is at most 1 GiB.
void gcm_seal(const GcmKey& key, const GcmNonce& nonce, ByteView aad, ByteView plain,
              std::span<std::uint8_t> sealed);

// Writes sealed.size() - kGcmTagSize octets to `plain`. False, with `plain` wiped, when key, nonce,
// aad, ciphertext and tag do not belong together.
bool gcm_open(const GcmKey& key, const GcmNonce& nonce, ByteView aad, ByteView sealed,
              std::span<std::uint8_t> plain);

}  // namespace berth::vault
