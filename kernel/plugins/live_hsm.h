// The HSM of a binding, whichever instance serves it.
//
// A key opened by its reference goes with the traffic: a swap opens it on the new instance before
// anything moves, and refuses when it is not there or is another key. An ephemeral key stays with
// the instance that made it, which stays until the key is closed.

#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "kernel/plugins/binding.h"
#include "kernel/plugins/hsm.h"
#include "kernel/plugins/hsm_adapter.h"

namespace berth::plugins {

class LiveKey;
struct OpenedKey;

// The keys opened by reference that are out.
struct LiveKeys {
  std::mutex mutex;
  std::set<LiveKey*> keys;
};

// Its keys must not outlive the registry.
class LiveHsm final : public LiveFront<LiveHsm, Hsm, make_hsm> {
 public:
  using LiveFront::LiveFront;

  Result<HsmLimits> limits(const Op& op) override;
  Result<std::unique_ptr<HsmKey>> open_key(const Op& op, std::string_view reference) override;
  Result<std::unique_ptr<HsmKey>> generate_ephemeral(const Op& op, Curve curve) override;
  Result<std::unique_ptr<HsmKey>> generate_pair(const Op& op, std::string_view label, Curve curve,
                                                KeyUsage usage) override;
  Result<std::unique_ptr<HsmKey>> generate_wrapping_key(const Op& op,
                                                        std::string_view label) override;
  Result<Curve> curve(const Op& op, const HsmKey& key) override;
  Result<Bytes> public_point(const Op& op, const HsmKey& key) override;
  Result<RawSignature> sign(const Op& op, const HsmKey& key, const Sha256& digest) override;
  Result<SecretBytes> agree_x963(const Op& op, const HsmKey& key, ByteView peer_point,
                                 ByteView shared_info, std::size_t output_len) override;
  Result<Bytes> wrap(const Op& op, const HsmKey& kek, ByteView aad, ByteView plain) override;
  Result<SecretBytes> unwrap(const Op& op, const HsmKey& kek, ByteView aad,
                             ByteView wrapped) override;

  // As import_key of hsm_adapter.h, into the instance that serves.
  Result<void> import_key(const Op& op, std::string_view reference, Curve curve, KeyUsage usage,
                          ByteView scalar);

 private:
  Result<std::unique_ptr<Served>> adopt(std::shared_ptr<Instance> instance,
                                        GateSettings limits) override;
  Result<void> rehearse(const std::shared_ptr<Served>& fresh, const Op& op) override;
  void moved_to(const std::shared_ptr<Served>& fresh) override;

  // make(adapter, op) hands out a key that lasts under `reference`; empty: an ephemeral one.
  template <class Make>
  Result<std::unique_ptr<HsmKey>> obtain(const Op& op, std::string_view reference, Make make);
  // use(adapter, key as that adapter knows it, op), where the key is.
  template <class Use>
  auto with(const Op& op, const HsmKey& key, Use use)
      -> decltype(use(std::declval<Hsm&>(), key, op));

  std::shared_ptr<LiveKeys> keys_ = std::make_shared<LiveKeys>();
  // Of the swap that runs; swaps of one binding run one at a time.
  std::map<std::string, std::shared_ptr<const OpenedKey>, std::less<>> rehearsed_;
};

}  // namespace berth::plugins
