// SHA-256 and HMAC-SHA-256.

#pragma once

#include <array>
#include <cstdint>

#include "kernel/base/bytes.h"

namespace berth {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(ByteView data);
Sha256 hmac_sha256(ByteView key, ByteView data);

// Absorbs parts in order; one use, one thread.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;
  Sha256Stream& update(ByteView part);
  Sha256 finish();

 private:
  void* context_;  // EVP_MD_CTX
};

}  // namespace berth
