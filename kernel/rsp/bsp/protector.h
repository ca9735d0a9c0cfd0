// The BSP channel's sending side (SGP.22 §2.6.4, SCP03t): turns plain segments into protected ones.
//
// One instance is one run of the block counter and the MAC chaining value; segments come out in
// the order of the calls, which is the order on the wire. Not thread-safe. Keys live inside
// OpenSSL contexts, wiped with the instance.

#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "kernel/base/bytes.h"
#include "kernel/base/result.h"
#include "kernel/rsp/bsp/session_keys.h"

namespace berth::rsp::bsp {

inline constexpr std::size_t kMaxSegmentSize = 1020;  // tag, length, data and MAC
inline constexpr std::size_t kMaxEncryptedPlain = 1007;
inline constexpr std::size_t kMaxMacOnlyData = 1008;
inline constexpr std::size_t kBlockSize = 16;  // octets: AES block, key, MCV and counter
inline constexpr std::size_t kMacSize = 8;     // of the 16 octets of a CMAC

// Tags of protected segments.
inline constexpr std::uint8_t kLoadProfileElements = 0x86;
inline constexpr std::uint8_t kEncryptedCommand = 0x87;
inline constexpr std::uint8_t kStoreMetadata = 0x88;

class Protector {
 public:
  // s_enc, s_mac and initial_mcv are 16 octets each, else kInvalidArgument "bsp.key_data".
  static Result<Protector> create(ByteView s_enc, ByteView s_mac, ByteView initial_mcv);
  static Result<Protector> create(const SessionKeys& keys) {
    return create(keys.s_enc(), keys.s_mac(), keys.initial_mcv());
  }
  Protector(Protector&&) noexcept;
  Protector& operator=(Protector&&) noexcept;
  ~Protector();

  // Appends data as protected segments under `tag`, as many as needed; empty data makes none for
  // MAC-only and is refused for encryption ("bsp.empty"). After a failure the chain is broken and
  // the instance must be dropped.
  Result<void> append_encrypted(Bytes& target, std::uint8_t tag, ByteView plain);
  Result<void> append_mac_only(Bytes& target, std::uint8_t tag, ByteView data);

  // The state after the last segment, for tests and for key replacement.
  const std::array<std::uint8_t, kBlockSize>& mac_chaining_value() const { return mcv_; }
  // Number of the next block, from 1.
  const std::array<std::uint8_t, kBlockSize>& block_counter() const { return counter_; }

 private:
  struct Contexts;
  explicit Protector(std::unique_ptr<Contexts> contexts, ByteView initial_mcv);
  Result<void> append_encrypted_segment(Bytes& target, std::uint8_t tag, ByteView plain);
  // `target` holds the segment from `start` on, without its MAC.
  Result<void> append_mac(Bytes& target, std::size_t start);

  std::unique_ptr<Contexts> contexts_;
  std::array<std::uint8_t, kBlockSize> mcv_{};
  std::array<std::uint8_t, kBlockSize> counter_{};
};

}  // namespace berth::rsp::bsp
