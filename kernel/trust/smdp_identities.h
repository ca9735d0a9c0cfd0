// The SM-DP+'s own certificates and the keys behind them, by the CI that issued them.
//
// A pair whose key is not in the HSM yet is known but not usable, so that a host can start and be
// given its keys (`berthctl pki import`). Thread-safe; snapshots are immutable.

#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kernel/plugins/hsm.h"
#include "kernel/rsp/pki/chain.h"
#include "kernel/tenancy/configuration.h"

namespace berth::trust {

// One DPauth + DPpb pair: same CI, same OID, same curve (SGP.22 §4.5.2).
struct SmdpIdentity {
  rsp::pki::Certificate dp_auth;
  rsp::pki::Certificate dp_pb;
  std::string oid;  // registeredID of both
  Bytes ci_key_id;  // authority key identifier of both
  std::shared_ptr<plugins::HsmKey> dp_auth_key;
  std::shared_ptr<plugins::HsmKey> dp_pb_key;
};

struct IdentityStatus {
  std::string certificate_file;
  std::string key_reference;
  bool usable = false;
  std::string problem;  // what is wrong and the remedy; empty when usable
};

class SmdpIdentities {
 public:
  // Reads certificates and anchors and checks them against each other ("trust.*" names the file).
  // `hsm` is borrowed and must outlive.
  static Result<std::unique_ptr<SmdpIdentities>> load(const tenancy::HostConfiguration& host,
                                                      plugins::Hsm& hsm, UnixMs now);

  // Does this key belong to one of the configured certificates, and if it is named for one, to that
  // one? "trust.key_mismatch" otherwise: importing it would help nobody.
  Result<void> check_key(std::string_view reference, ByteView public_point) const;
  // Opens the keys that are there and checks each against its certificate.
  void open_keys(const plugins::Op& op);

  const rsp::pki::TrustAnchors& anchors() const { return anchors_; }
  // The usable pair for the first of these CI key identifiers, in the card's order.
  std::shared_ptr<const SmdpIdentity> first_for(const std::vector<Bytes>& ci_key_ids) const;
  std::shared_ptr<const SmdpIdentity> for_ci(ByteView ci_key_id) const;
  std::vector<IdentityStatus> status() const;
  std::vector<std::shared_ptr<const SmdpIdentity>> usable() const;

 private:
  struct Loaded {
    std::shared_ptr<const SmdpIdentity> identity;
    tenancy::SmdpIdentity configured;
    // What is wrong with each key; both empty: usable.
    std::string auth_problem;
    std::string binding_problem;
    bool usable() const { return auth_problem.empty() && binding_problem.empty(); }
  };
  explicit SmdpIdentities(plugins::Hsm& hsm) : hsm_(hsm) {}

  plugins::Hsm& hsm_;
  rsp::pki::TrustAnchors anchors_;
  mutable std::mutex mutex_;
  std::vector<Loaded> loaded_;
};

}  // namespace berth::trust
