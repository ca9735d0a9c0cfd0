// What the kernel asks of an HSM backend. The adapter over a loaded plugin implements it; so do
// test doubles.
//
// Thread-safe up to limits().max_concurrency calls in flight; a binding's gate holds callers back.

#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/base/curve.h"
#include "kernel/base/digest.h"
#include "kernel/base/secret_bytes.h"
#include "kernel/plugins/op.h"

namespace berth::plugins {

// r and s, 32 octets each (BSI TR-03111), never a DER SEQUENCE.
using RawSignature = std::array<std::uint8_t, 64>;

enum class KeyUsage : std::uint32_t { kSign = 1, kAgree = 2 };

// An open key. Closed (and, when ephemeral, destroyed) with the handle; must not outlive its Hsm.
class HsmKey {
 public:
  virtual ~HsmKey() = default;
};

struct HsmLimits {
  std::uint32_t max_concurrency = 1;
  std::uint32_t max_open_keys = 0;
  std::uint32_t max_wrap_bytes = 0;
};

class Hsm {
 public:
  virtual ~Hsm() = default;
  virtual Result<HsmLimits> limits(const Op& op) = 0;

  // kNotFound "hsm.key_not_found" when the backend has no key of that reference.
  virtual Result<std::unique_ptr<HsmKey>> open_key(const Op& op, std::string_view reference) = 0;
  // Lives in memory only and dies with the handle; for one-time key agreement.
  virtual Result<std::unique_ptr<HsmKey>> generate_ephemeral(const Op& op, Curve curve) = 0;
  // A lasting key pair for one use, made in the backend; kAlreadyExists "hsm.key_exists" when the
  // label is taken.
  virtual Result<std::unique_ptr<HsmKey>> generate_pair(const Op& op, std::string_view label,
                                                        Curve curve, KeyUsage usage) = 0;
  // A lasting AES-256 key that wraps data keys; kAlreadyExists when the label is taken.
  virtual Result<std::unique_ptr<HsmKey>> generate_wrapping_key(const Op& op,
                                                                std::string_view label) = 0;

  virtual Result<Curve> curve(const Op& op, const HsmKey& key) = 0;
  virtual Result<Bytes> public_point(const Op& op, const HsmKey& key) = 0;  // SEC1, 65 octets
  virtual Result<RawSignature> sign(const Op& op, const HsmKey& key, const Sha256& digest) = 0;
  // ECDH, then X9.63 KDF with SHA-256. A peer point off the curve is kInvalidArgument.
  virtual Result<SecretBytes> agree_x963(const Op& op, const HsmKey& key, ByteView peer_point,
                                         ByteView shared_info, std::size_t output_len) = 0;
  // AES-256-GCM under the wrapping key; the backend chooses and prepends the nonce.
  virtual Result<Bytes> wrap(const Op& op, const HsmKey& kek, ByteView aad, ByteView plain) = 0;
  // kDataLoss "hsm.unwrap_failed" when key, aad or octets do not fit.
  virtual Result<SecretBytes> unwrap(const Op& op, const HsmKey& kek, ByteView aad,
                                     ByteView wrapped) = 0;
};

}  // namespace berth::plugins
