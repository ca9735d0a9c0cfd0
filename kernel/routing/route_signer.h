// The host's key that signs versions of the routes and proofs of them: P-256, in the host's HSM
// under its own name, made on first use. docs/decisions/route-signatures.md

#pragma once

#include <string>
#include <string_view>

#include "kernel/base/clock.h"
#include "kernel/plugins/hsm.h"

namespace berth::routing {

inline constexpr std::string_view kRouteKey = "berth-routes";

// Thread-safe. The HSM is borrowed.
class RouteSigner {
 public:
  RouteSigner(plugins::Hsm& hsm, const Clock& clock) : hsm_(hsm), clock_(clock) {}

  struct Signature {
    std::string value_hex;   // r and s, 64 octets (BSI TR-03111), over SHA-256
    std::string key_sha256;  // of the key's public point, lower-case hexadecimal
  };
  // Errors are those of the HSM.
  Result<Signature> sign(std::string_view text) const;
  Result<bool> verify(std::string_view text, std::string_view value_hex) const;
  Result<std::string> public_key_pem() const;  // SubjectPublicKeyInfo

 private:
  Result<std::unique_ptr<plugins::HsmKey>> open(const plugins::Op& op) const;
  plugins::Op op() const;

  plugins::Hsm& hsm_;
  const Clock& clock_;
};

}  // namespace berth::routing
