#include "kernel/trust/hsm_pair.h"

#include <algorithm>

#include "kernel/base/assert.h"

namespace berth::trust {
namespace {

using plugins::Hsm;
using plugins::HsmKey;
using plugins::Op;
using KeyResult = Result<std::unique_ptr<HsmKey>>;

// Remembers which of the two it is of.
class KeyOfOne final : public HsmKey {
 public:
  KeyOfOne(Hsm& hsm, std::unique_ptr<HsmKey> key) : hsm_(hsm), key_(std::move(key)) {}
  Hsm& hsm() const { return hsm_; }
  const HsmKey& key() const { return *key_; }

 private:
  Hsm& hsm_;
  std::unique_ptr<HsmKey> key_;
};

KeyResult of(Hsm& hsm, KeyResult key) {
  if (!key) return key;
  return std::unique_ptr<HsmKey>(std::make_unique<KeyOfOne>(hsm, std::move(*key)));
}

const KeyOfOne& own(const HsmKey& key) {
  const auto* mine = dynamic_cast<const KeyOfOne*>(&key);
  BERTH_ASSERT(mine != nullptr);
  return *mine;
}

}  // namespace

Result<plugins::HsmLimits> HsmPair::limits(const Op& op) {
  BERTH_TRY(one, first_.limits(op));
  BERTH_TRY(other, second_.limits(op));
  return plugins::HsmLimits{std::min(one.max_concurrency, other.max_concurrency),
                            std::min(one.max_open_keys, other.max_open_keys),
                            std::min(one.max_wrap_bytes, other.max_wrap_bytes)};
}

KeyResult HsmPair::open_key(const Op& op, std::string_view reference) {
  auto opened = first_.open_key(op, reference);
  const bool not_there = !opened && (opened.error().code() == ErrorCode::kNotFound ||
                                     opened.error().code() == ErrorCode::kInvalidArgument);
  if (!not_there) return of(first_, std::move(opened));
  return of(second_, second_.open_key(op, reference));
}

KeyResult HsmPair::generate_ephemeral(const Op& op, Curve curve) {
  return of(first_, first_.generate_ephemeral(op, curve));
}

KeyResult HsmPair::generate_pair(const Op& op, std::string_view label, Curve curve,
                                 plugins::KeyUsage usage) {
  return of(first_, first_.generate_pair(op, label, curve, usage));
}

KeyResult HsmPair::generate_wrapping_key(const Op& op, std::string_view label) {
  return of(first_, first_.generate_wrapping_key(op, label));
}

Result<Curve> HsmPair::curve(const Op& op, const HsmKey& key) {
  return own(key).hsm().curve(op, own(key).key());
}

Result<Bytes> HsmPair::public_point(const Op& op, const HsmKey& key) {
  return own(key).hsm().public_point(op, own(key).key());
}

Result<plugins::RawSignature> HsmPair::sign(const Op& op, const HsmKey& key, const Sha256& digest) {
  return own(key).hsm().sign(op, own(key).key(), digest);
}

Result<SecretBytes> HsmPair::agree_x963(const Op& op, const HsmKey& key, ByteView peer_point,
                                        ByteView shared_info, std::size_t output_len) {
  return own(key).hsm().agree_x963(op, own(key).key(), peer_point, shared_info, output_len);
}

Result<Bytes> HsmPair::wrap(const Op& op, const HsmKey& kek, ByteView aad, ByteView plain) {
  return own(kek).hsm().wrap(op, own(kek).key(), aad, plain);
}

Result<SecretBytes> HsmPair::unwrap(const Op& op, const HsmKey& kek, ByteView aad,
                                    ByteView wrapped) {
  return own(kek).hsm().unwrap(op, own(kek).key(), aad, wrapped);
}

}  // namespace berth::trust
