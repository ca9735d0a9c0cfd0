// The host's HSM, the one it may be moving to (`hsmNext`), and what operators do with the keys in
// them: import, generate, ask for a certificate.
//
// Thread-safe once open.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "kernel/api/operator_api.h"
#include "kernel/host/bound_hsm.h"
#include "kernel/trust/smdp_identities.h"

namespace berth::host {

class HostKeys {
 public:
  static Result<std::unique_ptr<HostKeys>> open(const tenancy::HostConfiguration& host,
                                                plugins::Registry& registry, const plugins::Op& op);

  plugins::LiveHsm& hsm() const { return *now_; }
  plugins::LiveHsm* next() const { return next_.get(); }  // null: the configuration has none
  // Where DPauth and DPpb keys are looked for: both, while there is a next one.
  plugins::Hsm& identity_hsm() const { return pair_ ? *pair_ : *now_; }

  // Takes an unencrypted PEM key into the HSM. For backends that accept keys from outside.
  Result<void> import(const plugins::Op& op, const std::string& reference, std::string_view pem,
                      const trust::SmdpIdentities& identities) const;
  // Makes a key pair in the HSM, or the next one; the public point, SEC1. kAlreadyExists
  // "key.reference_taken" when either has a key of that name; "key.no_next_hsm".
  Result<Bytes> generate(const plugins::Op& op, const api::KeyWish& wish) const;
  // A PKCS#10 request, PEM, signed by that key of either. "key.not_for_signing" when it cannot;
  // those of rsp::pki::request_body.
  Result<std::string> request(const plugins::Op& op, const api::CertificateWish& wish) const;

 private:
  HostKeys() = default;

  std::unique_ptr<plugins::LiveHsm> now_;
  std::unique_ptr<plugins::LiveHsm> next_;
  std::unique_ptr<plugins::Hsm> pair_;
};

}  // namespace berth::host
