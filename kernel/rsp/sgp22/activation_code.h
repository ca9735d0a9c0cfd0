// Activation code text (SGP.22 §4.1): 1$SMDP.EXAMPLE.COM$TOKEN[$OID[$1]].

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kernel/base/identifiers.h"
#include "kernel/base/random.h"

namespace berth::rsp::sgp22 {

struct ActivationCode {
  std::string smdp_address;               // as written
  std::optional<MatchingId> matching_id;  // none: empty token
  std::string smdp_oid;                   // empty: none
  bool confirmation_code_required = false;

  // Accepts an "LPA:" prefix and extra trailing fields; "activation_code.invalid".
  static Result<ActivationCode> parse(std::string_view text);
  // Without "LPA:". At most 255 characters: "activation_code.too_long".
  Result<std::string> text() const;
};

// A fresh token of at least 128 bits from A-Z, 2-7 and hyphens (QR alphanumeric set).
MatchingId generate_matching_id(Random& random);

}  // namespace berth::rsp::sgp22
