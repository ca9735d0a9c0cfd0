// What a card remembers between GetEUICCChallenge and the end of a download. Internal to the card.

#pragma once

#include "kernel/rsp/pki/certificate.h"
#include "tools/euicc/card.h"

namespace berth::euicc {

struct Card::Session {
  enum class Stage { kChallenged = 1, kAuthenticated, kPrepared };
  Stage stage = Stage::kChallenged;
  Bytes challenge;

  // From AuthenticateServer.
  std::optional<TransactionId> transaction_id;
  std::string server_address;
  Bytes server_challenge;
  std::string smdp_oid;  // registeredID of DPauth, dotted
  Bytes smdp_oid_octets;
  Bytes server_ci_key_id;
  std::optional<Curve> curve;
  const Credential* credential = nullptr;  // inside state_.credentials, which never changes
  Bytes euicc_signature1;                  // TLV

  // From PrepareDownload.
  std::optional<rsp::pki::PublicKey> smdp_key;
  std::optional<PrivateKey> one_time_key;
};

}  // namespace berth::euicc
