// Makes a new card from certificates and keys, refusing sets that do not belong together.

#pragma once

#include <optional>
#include <vector>

#include "kernel/base/clock.h"
#include "tools/euicc/card_state.h"

namespace berth::euicc {

struct CredentialInput {  // PEM or DER each
  Bytes euicc_certificate;
  Bytes private_key;
  Bytes eum_certificate;
};

struct CardSetup {
  std::optional<Eid> eid;                    // checked against the certificates when given
  std::vector<CredentialInput> credentials;  // priority order
  std::vector<Bytes> ci_certificates;        // PEM or DER, priority order
  // CIs of the card's own chains whose servers it cannot verify; used for the checks here alone.
  std::vector<Bytes> issuers_only = {};
  CardOptions options;
};

// Every chain must verify up to one of the CIs, as an SM-DP+ would check it. "card.setup_invalid"
// with the reason, or the errors of keys and certificates.
Result<CardState> new_card(const CardSetup& setup, UnixMs now);

}  // namespace berth::euicc
