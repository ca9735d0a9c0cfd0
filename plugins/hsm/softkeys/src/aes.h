// AES-256 as the keystore and the wrapping keys use it. Thread-safe: every call has its own
// context.

#pragma once

#include <cstdint>
#include <span>

#include "berth/sdk/views.h"
#include "openssl.h"

namespace softkeys {

inline constexpr std::size_t kAesKeyOctets = 32;
inline constexpr std::size_t kGcmNonceOctets = 12;
inline constexpr std::size_t kGcmTagOctets = 16;
inline constexpr std::size_t kGcmOverhead = kGcmNonceOctets + kGcmTagOctets;
inline constexpr std::size_t kKeyWrapOverhead = 8;  // RFC 3394

class Aes {
 public:
  Aes();

  // out: nonce || text || tag, plain.size() + kGcmOverhead octets; the nonce is random.
  void gcm_seal(berth::sdk::ByteView key, berth::sdk::ByteView aad, berth::sdk::ByteView plain,
                std::span<std::uint8_t> out) const;
  // False, with `plain` zeroed, when key, aad and octets do not fit. plain: sealed.size() -
  // kGcmOverhead octets.
  bool gcm_open(berth::sdk::ByteView key, berth::sdk::ByteView aad, berth::sdk::ByteView sealed,
                std::span<std::uint8_t> plain) const;

  // RFC 3394 with the default initial value. plain: a multiple of 8, at least 16.
  void key_wrap(berth::sdk::ByteView key, berth::sdk::ByteView plain,
                std::span<std::uint8_t> out) const;
  bool key_unwrap(berth::sdk::ByteView key, berth::sdk::ByteView wrapped,
                  std::span<std::uint8_t> plain) const;

 private:
  Cipher gcm_;  // fetched once: a fetch costs more than sealing a data key
  Cipher wrap_;
};

}  // namespace softkeys
