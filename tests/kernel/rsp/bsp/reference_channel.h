// The receiving side of the BSP channel, written for the tests from the algorithms' own texts
// (RFC 4493, NIST SP 800-38A, ANSI X9.63) over single AES blocks, so that it shares no code and no
// mistake with the sender.

#pragma once

#include <cstdint>
#include <optional>

#include "kernel/base/bytes.h"

namespace berth::rsp::bsp::reference {

// X9.63 KDF with SHA-256.
Bytes derive_x963(ByteView z, ByteView shared_info, std::size_t size);

class Channel {
 public:
  Channel(ByteView s_enc, ByteView s_mac, ByteView mcv);
  // Takes one segment (tag, length, data, MAC) and returns its plain data; empty when the length,
  // MAC or padding is wrong. 88 is MAC-only, every other tag is encrypted.
  std::optional<Bytes> open(ByteView segment);

 private:
  Bytes s_enc_, s_mac_, mcv_;
  std::uint64_t counter_ = 1;
};

// Cuts a run of segments into single ones by their own lengths.
std::vector<Bytes> split(ByteView segments);

}  // namespace berth::rsp::bsp::reference
