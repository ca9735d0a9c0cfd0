#include "kernel/context/limited_hsm.h"

#include <algorithm>

namespace berth::context {

using plugins::HsmKey;
using plugins::Op;
using KeyResult = Result<std::unique_ptr<HsmKey>>;

namespace {

constexpr std::chrono::seconds kLongestWait{30};
constexpr std::chrono::milliseconds kRetryAfter{200};

}  // namespace

template <class Call>
auto LimitedHsm::in_turn(const Op& op, Call call) -> decltype(call()) {
  const std::chrono::nanoseconds now = clock_.monotonic();
  const auto wait = op.deadline <= now
                        ? std::chrono::nanoseconds::zero()
                        : std::min<std::chrono::nanoseconds>(op.deadline - now, kLongestWait);
  const auto place = whose_ == Whose::kHosts ? limits_.place(tenancy::Limit::kHsmInFlight, wait)
                                             : limits_.own_hsm_place(wait);
  if (!place) {
    return Error(ErrorCode::kResourceExhausted, "limits.hsm_busy",
                 "the tenant has as many calls into its HSM in flight as its limit hsmInFlight "
                 "allows, or others were first; try again shortly")
        .with_retry_after(kRetryAfter);
  }
  return call();
}

Result<plugins::HsmLimits> LimitedHsm::limits(const Op& op) {
  return in_turn(op, [&] { return hsm_.limits(op); });
}

KeyResult LimitedHsm::open_key(const Op& op, std::string_view reference) {
  return in_turn(op, [&] { return hsm_.open_key(op, reference); });
}

KeyResult LimitedHsm::generate_ephemeral(const Op& op, Curve curve) {
  return in_turn(op, [&] { return hsm_.generate_ephemeral(op, curve); });
}

KeyResult LimitedHsm::generate_pair(const Op& op, std::string_view label, Curve curve,
                                    plugins::KeyUsage usage) {
  return in_turn(op, [&] { return hsm_.generate_pair(op, label, curve, usage); });
}

KeyResult LimitedHsm::generate_wrapping_key(const Op& op, std::string_view label) {
  return in_turn(op, [&] { return hsm_.generate_wrapping_key(op, label); });
}

Result<Curve> LimitedHsm::curve(const Op& op, const HsmKey& key) {
  return in_turn(op, [&] { return hsm_.curve(op, key); });
}

Result<Bytes> LimitedHsm::public_point(const Op& op, const HsmKey& key) {
  return in_turn(op, [&] { return hsm_.public_point(op, key); });
}

Result<plugins::RawSignature> LimitedHsm::sign(const Op& op, const HsmKey& key,
                                               const Sha256& digest) {
  return in_turn(op, [&] { return hsm_.sign(op, key, digest); });
}

Result<SecretBytes> LimitedHsm::agree_x963(const Op& op, const HsmKey& key, ByteView peer_point,
                                           ByteView shared_info, std::size_t output_len) {
  return in_turn(op, [&] { return hsm_.agree_x963(op, key, peer_point, shared_info, output_len); });
}

Result<Bytes> LimitedHsm::wrap(const Op& op, const HsmKey& kek, ByteView aad, ByteView plain) {
  return in_turn(op, [&] { return hsm_.wrap(op, kek, aad, plain); });
}

Result<SecretBytes> LimitedHsm::unwrap(const Op& op, const HsmKey& kek, ByteView aad,
                                       ByteView wrapped) {
  return in_turn(op, [&] { return hsm_.unwrap(op, kek, aad, wrapped); });
}

}  // namespace berth::context
