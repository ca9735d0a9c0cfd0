// The card's half of the BPP security protocol (SCP03t, SGP.22 §2.5.3, §5.5, Annex G): derives the
// session keys and takes the protection off one segment at a time.
//
// Shares no code with the server's half (kernel/rsp/bsp), so that a mistake in one shows up in the
// other. One use, one thread; keys are wiped with the object.

#pragma once

#include <array>
#include <cstdint>

#include "kernel/base/bytes.h"
#include "kernel/base/identifiers.h"
#include "kernel/base/secret_bytes.h"
#include "tools/euicc/install_error.h"

namespace berth::euicc {

inline constexpr std::size_t kBspKeySize = 16;
inline constexpr std::size_t kBspMacSize = 8;
// Tag, length, data and MAC of one segment.
inline constexpr std::size_t kMaxBspSegment = 1020;

class BspReader {
 public:
  // X9.63 KDF over the shared secret; keyType 88 (AES), keyLen 10, hostId 1..16 octets.
  static BspReader derive(ByteView shared_secret, ByteView host_id, const Eid& eid);
  // Keys as they stand: initial MAC chaining value, S-ENC and S-MAC of 16 octets each.
  BspReader(ByteView initial_mcv, ByteView s_enc, ByteView s_mac);

  // One whole '87' or '86' segment; its plaintext. kBspStructure: shape or padding wrong;
  // kBspSecurity: MAC wrong. After a failure the object must not be used further.
  Result<Bytes, InstallError> open_encrypted(ByteView segment);
  // One whole '88' segment; its data.
  Result<Bytes, InstallError> open_mac_only(ByteView segment);
  // What ReplaceSessionKeys does: new keys and chaining value, block counter back to 1.
  void replace_keys(ByteView initial_mcv, ByteView s_enc, ByteView s_mac);

  ByteView mac_chaining_value() const { return mcv_.view(); }
  std::uint64_t block_counter() const { return counter_; }

 private:
  // Checks the MAC and moves the chain on; the data without MAC is borrowed from `segment`.
  Result<ByteView, InstallError> check_mac(ByteView segment);

  SecretBytes mcv_;
  SecretBytes s_enc_;
  SecretBytes s_mac_;
  std::uint64_t counter_ = 1;
};

}  // namespace berth::euicc
