// An HSM in memory: real ECDSA, key agreement and wrapping, and failures when a test wants them.

#pragma once

#include <map>
#include <memory>
#include <string>

#include "kernel/base/random.h"
#include "tests/kernel/vault/fakes.h"
#include "tools/testpki/key_pair.h"

namespace berth::smdpplus::testing {

class SoftHsm final : public plugins::Hsm {
 public:
  using KeyResult = Result<std::unique_ptr<plugins::HsmKey>>;

  void put_key(const std::string& reference, const testpki::KeyPair& key);

  // By call: "open", "sign", "generate", "agree". The call fails as long as its entry stands.
  std::map<std::string, Error> failures;
  int signatures = 0;
  int agreements = 0;

  Result<plugins::HsmLimits> limits(const plugins::Op& op) override { return wrapping_.limits(op); }
  KeyResult open_key(const plugins::Op& op, std::string_view reference) override;
  KeyResult generate_ephemeral(const plugins::Op& op, Curve curve) override;
  KeyResult generate_pair(const plugins::Op& op, std::string_view label, Curve curve,
                          plugins::KeyUsage usage) override {
    return wrapping_.generate_pair(op, label, curve, usage);
  }
  KeyResult generate_wrapping_key(const plugins::Op& op, std::string_view label) override {
    return wrapping_.generate_wrapping_key(op, label);
  }
  Result<Curve> curve(const plugins::Op& op, const plugins::HsmKey& key) override;
  Result<Bytes> public_point(const plugins::Op& op, const plugins::HsmKey& key) override;
  Result<plugins::RawSignature> sign(const plugins::Op& op, const plugins::HsmKey& key,
                                     const Sha256& digest) override;
  Result<SecretBytes> agree_x963(const plugins::Op& op, const plugins::HsmKey& key,
                                 ByteView peer_point, ByteView shared_info,
                                 std::size_t output_len) override;
  Result<Bytes> wrap(const plugins::Op& op, const plugins::HsmKey& kek, ByteView aad,
                     ByteView plain) override {
    return wrapping_.wrap(op, kek, aad, plain);
  }
  Result<SecretBytes> unwrap(const plugins::Op& op, const plugins::HsmKey& kek, ByteView aad,
                             ByteView wrapped) override {
    return wrapping_.unwrap(op, kek, aad, wrapped);
  }

 private:
  const Error* failing(const std::string& call) const;

  SystemRandom random_;
  vault::testing::FakeHsm wrapping_;
  std::map<std::string, testpki::KeyPair, std::less<>> keys_;
};

}  // namespace berth::smdpplus::testing
