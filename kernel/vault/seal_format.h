// How sealed octets lie in the ledger and in the store: kernel/vault/README.md has the layout.
//
// Pure functions; thread-safe. A data key is 32 octets and never used as a cipher key itself: every
// sealing draws a fresh salt and derives a key of its own from both, so that random nonces cannot
// meet under one key however much a tenant seals.

#pragma once

#include <cstdint>

#include "kernel/base/bytes.h"
#include "kernel/base/random.h"
#include "kernel/base/result.h"
#include "kernel/base/secret_bytes.h"

namespace berth::vault {

constexpr std::size_t kDataKeySize = 32;
constexpr std::size_t kFrameSize = 64 * 1024;               // plain octets in a full frame
constexpr std::size_t kMaxPlainSize = 64u * 1024u * 1024u;  // of a value or an object

enum class SealedKind : std::uint8_t { kValue = 1, kObject = 2 };

// What sealed octets belong to. All of it is authenticated, none of it stored with them.
struct SealContext {
  SealedKind kind = SealedKind::kValue;
  std::string_view tenant;
  std::string_view name;  // a value's purpose, an object's name
};

// Octets that `plain_size` become.
std::size_t sealed_size(std::size_t plain_size);

// plain is at most kMaxPlainSize.
Bytes seal_octets(const SealContext& context, std::uint32_t key_id, ByteView data_key,
                  ByteView plain, Random& random);

// The id of the data key that sealed it. kDataLoss "vault.not_sealed" when the octets are no sealed
// octets of that kind.
Result<std::uint32_t> sealing_key_id(SealedKind kind, ByteView sealed);

// kDataLoss "vault.not_sealed" as above, "vault.tampered" when any octet was changed, removed,
// moved or added, or when tenant, name, kind or key are others than at sealing.
Result<SecretBytes> open_octets(const SealContext& context, ByteView data_key, ByteView sealed);

}  // namespace berth::vault
