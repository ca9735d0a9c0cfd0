// One elliptic curve and the keys on it. Thread-safe: contexts are taken from pools.

#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "berth/sdk/views.h"
#include "openssl.h"

namespace softkeys {

inline constexpr std::size_t kScalarOctets = 32;
inline constexpr std::size_t kPointOctets = 65;  // 04 || x || y
inline constexpr std::size_t kSignatureOctets = 64;
inline constexpr std::size_t kDigestOctets = 32;

// Contexts that are set up once and used many times, by one thread at a time each. A context whose
// operation failed is not put back.
class ContextPool {
 public:
  PkeyCtx take();  // nullptr when none is idle
  void put_back(PkeyCtx context);

 private:
  static constexpr std::size_t kMaxIdle = 64;
  std::mutex mutex_;
  std::vector<PkeyCtx> idle_;
};

class EcCurve {
 public:
  // curve: BERTH_CURVE_*. Throws UNSUPPORTED "hsm.curve" for one this plugin does not speak.
  explicit EcCurve(std::uint32_t curve);

  std::uint32_t id() const noexcept { return id_; }
  Pkey generate();
  // Throws INVALID_ARGUMENT "hsm.bad_scalar" unless 0 < scalar < order, 32 octets big-endian.
  Pkey from_scalar(berth::sdk::ByteView scalar) const;

 private:
  std::uint32_t id_;
  const char* name_;
  Group group_;
  ContextPool generators_;
};

class EcKey {
 public:
  explicit EcKey(Pkey key);

  SecretOctets scalar() const;
  const std::uint8_t* point() const noexcept { return point_.data(); }  // kPointOctets
  // signature: r || s, kSignatureOctets; digest: kDigestOctets.
  void sign(berth::sdk::ByteView digest, std::span<std::uint8_t> signature) const;
  // ECDH, then the X9.63 KDF. Throws INVALID_ARGUMENT "hsm.point_not_on_curve".
  void agree(EVP_KDF* x963, berth::sdk::ByteView peer_point, berth::sdk::ByteView shared_info,
             std::span<std::uint8_t> out) const;

 private:
  Pkey peer_from(berth::sdk::ByteView point) const;
  PkeyCtx new_context(int (*init)(EVP_PKEY_CTX*)) const;

  Pkey key_;
  std::vector<std::uint8_t> point_;
  mutable ContextPool signers_;
  mutable ContextPool derivers_;
};

}  // namespace softkeys
