// An HSM as one tenant may use it: no more calls in flight than its limit, and where tenants share
// the HSM they take turns (R124). The calls and the keys are the HSM's own.
//
// Thread-safe. Calls that find no place within their deadline are kResourceExhausted
// "limits.hsm_busy"; nothing was asked of the HSM then. All it borrows must outlive it.

#pragma once

#include "kernel/context/tenant_limits.h"
#include "kernel/plugins/hsm.h"

namespace berth::context {

class LimitedHsm final : public plugins::Hsm {
 public:
  enum class Whose : std::uint8_t { kHosts = 1, kTenants };

  LimitedHsm(plugins::Hsm& hsm, Whose whose, TenantLimits& limits, const Clock& clock)
      : hsm_(hsm), whose_(whose), limits_(limits), clock_(clock) {}

  Result<plugins::HsmLimits> limits(const plugins::Op& op) override;
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
  template <class Call>
  auto in_turn(const plugins::Op& op, Call call) -> decltype(call());

  plugins::Hsm& hsm_;
  const Whose whose_;
  TenantLimits& limits_;
  const Clock& clock_;
};

}  // namespace berth::context
