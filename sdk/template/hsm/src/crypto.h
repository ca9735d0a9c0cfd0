// What the keys do, by OpenSSL. Your device's calls go in its place. Thread-safe.

#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <span>

#include "berth/sdk/secret.h"
#include "berth/sdk/views.h"

using berth::sdk::SecretOctets;  // wipe themselves
using Pkey = std::shared_ptr<EVP_PKEY>;

inline constexpr std::size_t kSecretOctets = 32;  // of an AES-256 key
inline constexpr std::size_t kPointOctets = 65;
inline constexpr std::size_t kSignatureOctets = 64;
inline constexpr std::size_t kGcmOverhead = 28;  // 12 of nonce, 16 of tag
inline constexpr std::size_t kKeyWrapOverhead = 8;

Pkey new_pair(std::uint32_t curve);  // BERTH_CURVE_*
SecretOctets pair_to_pem(const Pkey& pair);
Pkey pair_from_pem(berth::sdk::ByteView pem);  // null: it is none
void point_of(const Pkey& pair, std::span<std::uint8_t> out);
void sign_digest(const Pkey& pair, berth::sdk::ByteView digest, std::span<std::uint8_t> signature);
// ECDH, then X9.63 with SHA-256. Throws Error "hsm.point_not_on_curve".
void agree_key(const Pkey& pair, berth::sdk::ByteView peer, berth::sdk::ByteView info,
               std::span<std::uint8_t> out);

void random_octets(std::span<std::uint8_t> fill);
void seal(const SecretOctets& secret, berth::sdk::ByteView aad, berth::sdk::ByteView plain,
          std::span<std::uint8_t> out);
// False when it does not fit; then `plain` is wiped.
bool open(const SecretOctets& secret, berth::sdk::ByteView aad, berth::sdk::ByteView sealed,
          std::span<std::uint8_t> plain);
void key_wrap(const SecretOctets& secret, berth::sdk::ByteView plain, std::span<std::uint8_t> out);
bool key_unwrap(const SecretOctets& secret, berth::sdk::ByteView wrapped,
                std::span<std::uint8_t> plain);
