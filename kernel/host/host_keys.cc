#include "kernel/host/host_keys.h"

#include "kernel/host/pem_key.h"
#include "kernel/rsp/pki/certificate_request.h"
#include "kernel/trust/hsm_pair.h"

namespace berth::host {
namespace {

// A key that cannot sign says so in its backend's words; here in those of who asked.
Error not_for_signing(const std::string& reference, const Error& why) {
  return {ErrorCode::kFailedPrecondition, "key.not_for_signing",
          "key '" + reference + "' does not sign (" + why.message() +
              "), so no certificate can be requested for it; generate one with usage sign"};
}

}  // namespace

Result<std::unique_ptr<HostKeys>> HostKeys::open(const tenancy::HostConfiguration& host,
                                                 plugins::Registry& registry,
                                                 const plugins::Op& op) {
  std::unique_ptr<HostKeys> keys(new HostKeys());
  BERTH_TRY(now, bind_hsm(registry, host.hsm, "host", "hsm", host.profile, op));
  keys->now_ = std::move(now);
  if (host.hsm_next) {
    BERTH_TRY(next, bind_hsm(registry, *host.hsm_next, "host", "hsmNext", host.profile, op));
    keys->next_ = std::move(next);
    keys->pair_ = std::make_unique<trust::HsmPair>(*keys->now_, *keys->next_);
  }
  return keys;
}

Result<void> HostKeys::import(const plugins::Op& op, const std::string& reference,
                              std::string_view pem, const trust::SmdpIdentities& identities) const {
  BERTH_TRY(key, parse_pem_key(pem));
  BERTH_TRY_VOID(identities.check_key(reference, key.public_point));
  return now_->import_key(op, reference, key.curve, plugins::KeyUsage::kSign, key.scalar.view());
}

Result<Bytes> HostKeys::generate(const plugins::Op& op, const api::KeyWish& wish) const {
  if (wish.in_next && next() == nullptr) {
    return Error(ErrorCode::kFailedPrecondition, "key.no_next_hsm",
                 "the host file has no hsmNext; add that binding and restart, or generate the key "
                 "in the present HSM");
  }
  // One name means one key, in whichever of the two it is.
  const auto taken = identity_hsm().open_key(op, wish.reference);
  if (taken || taken.error().code() != ErrorCode::kNotFound) {
    if (!taken) return taken.error();
    return Error(ErrorCode::kAlreadyExists, "key.reference_taken",
                 "there is a key '" + wish.reference + "' already; choose another reference");
  }
  plugins::Hsm& hsm = wish.in_next ? *next_ : *now_;
  BERTH_TRY(key, hsm.generate_pair(op, wish.reference, wish.curve, plugins::KeyUsage::kSign));
  return hsm.public_point(op, *key);
}

Result<std::string> HostKeys::request(const plugins::Op& op,
                                      const api::CertificateWish& wish) const {
  plugins::Hsm& hsm = identity_hsm();
  BERTH_TRY(key, hsm.open_key(op, wish.reference));
  auto curve = hsm.curve(op, *key);
  if (!curve) {
    if (curve.error().code() != ErrorCode::kUnsupported) return std::move(curve).error();
    return not_for_signing(wish.reference, curve.error());
  }
  BERTH_TRY(point, hsm.public_point(op, *key));
  BERTH_TRY(body, rsp::pki::request_body(wish.request, *curve, point));
  auto signature = hsm.sign(op, *key, sha256(body));
  if (!signature) {
    if (signature.error().reason() != "hsm.key_usage") return std::move(signature).error();
    return not_for_signing(wish.reference, signature.error());
  }
  return rsp::pki::finish_request(body, *signature);
}

}  // namespace berth::host
