// Two HSMs seen as one while a host moves from the first to the second: a key is the first's or,
// when that has none of its name, the second's. What is made new is made in the first.
//
// Thread-safe as the two are. Both are borrowed and must outlive it and every key it hands out.

#pragma once

#include "kernel/plugins/hsm.h"

namespace berth::trust {

class HsmPair final : public plugins::Hsm {
 public:
  HsmPair(plugins::Hsm& first, plugins::Hsm& second) : first_(first), second_(second) {}

  // The narrower of both.
  Result<plugins::HsmLimits> limits(const plugins::Op& op) override;
  // The first's failures are told but that it has no such key, or could have none of that name:
  // another key must not stand in for one that is out of reach.
  Result<std::unique_ptr<plugins::HsmKey>> open_key(const plugins::Op& op,
                                                    std::string_view reference) override;
  Result<std::unique_ptr<plugins::HsmKey>> generate_ephemeral(const plugins::Op& op,
                                                              Curve curve) override;
  Result<std::unique_ptr<plugins::HsmKey>> generate_pair(const plugins::Op& op,
                                                         std::string_view label, Curve curve,
                                                         plugins::KeyUsage usage) override;
  Result<std::unique_ptr<plugins::HsmKey>> generate_wrapping_key(const plugins::Op& op,
                                                                 std::string_view label) override;
  Result<Curve> curve(const plugins::Op& op, const plugins::HsmKey& key) override;
  Result<Bytes> public_point(const plugins::Op& op, const plugins::HsmKey& key) override;
  Result<plugins::RawSignature> sign(const plugins::Op& op, const plugins::HsmKey& key,
                                     const Sha256& digest) override;
  Result<SecretBytes> agree_x963(const plugins::Op& op, const plugins::HsmKey& key,
                                 ByteView peer_point, ByteView shared_info,
                                 std::size_t output_len) override;
  Result<Bytes> wrap(const plugins::Op& op, const plugins::HsmKey& kek, ByteView aad,
                     ByteView plain) override;
  Result<SecretBytes> unwrap(const plugins::Op& op, const plugins::HsmKey& kek, ByteView aad,
                             ByteView wrapped) override;

 private:
  plugins::Hsm& first_;
  plugins::Hsm& second_;
};

}  // namespace berth::trust
